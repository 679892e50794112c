//! The records of freight and stages: what is read is written, and read again, the same.

#![no_main]

use freight::FreightRecord;
use libfuzzer_sys::fuzz_target;
use rendered::{PromotionRecord, Verification};

fuzz_target!(|text: &[u8]| {
    match FreightRecord::parse("freight.yaml", text) {
        Ok(record) => {
            let written = record.to_yaml();
            let again =
                FreightRecord::parse("freight.yaml", written.as_bytes()).expect("a record that was written");
            assert_eq!(again.to_yaml(), written);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
    match PromotionRecord::parse("promotion.yaml", text) {
        Ok(record) => {
            let written = record.to_yaml();
            let again = PromotionRecord::parse("promotion.yaml", written.as_bytes())
                .expect("a record that was written");
            assert_eq!(again, record);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
    match Verification::parse("verification.yaml", text) {
        Ok(record) => {
            let written = record.to_yaml();
            let again = Verification::parse("verification.yaml", written.as_bytes())
                .expect("a record that was written");
            assert_eq!(again, record);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
});
