//! New DSA keys with 2048 and 256 bits (`crypto/dsa`: `GenerateParameters`, `GenerateKey`).

use crypto_primes::hazmat::SetBits;
use num_bigint::BigUint;

use super::primes::{is_probable_prime, random_prime, small_primes};
use crate::certificates::der::{integer, sequence, unsigned};
use crate::certificates::pem;
use crate::certificates::randomness::Randomness;

const PRIME_BITS: u64 = 2048;
const ORDER_BITS: u32 = 256;

/// A new key with parameters of its own, in PEM.
pub(in crate::certificates) fn generate(randomness: &mut Randomness) -> Vec<u8> {
    let [p, q, g, y, x] = numbers(randomness).map(|number| unsigned(&number.to_bytes_be()));
    pem::encode("DSA PRIVATE KEY", &sequence(&[integer(0), p, q, g, y, x]))
}

/// The prime, the order, the generator, the public and the private key.
fn numbers(randomness: &mut Randomness) -> [BigUint; 5] {
    let one = BigUint::from(1u8);
    let (p, q) = primes(randomness);
    let cofactor = (&p - &one) / &q;
    // Whatever isn't 1 to that power is of the order.
    let g = (2u32..)
        .map(|base| BigUint::from(base).modpow(&cofactor, &p))
        .find(|power| *power != one)
        .expect("few numbers are roots of one");
    let x = loop {
        let x = BigUint::from_bytes_be(&randomness.bytes::<32>());
        if x != BigUint::ZERO && x < q {
            break x;
        }
    };
    let y = g.modpow(&x, &p);
    [p, q, g, y, x]
}

/// A prime, and a prime that divides the number before it.
fn primes(randomness: &mut Randomness) -> (BigUint, BigUint) {
    let small_primes = small_primes(8192);
    loop {
        let q = random_prime(ORDER_BITS, SetBits::Msb, randomness);
        let step = &q << 1;
        for _ in 0..4 * PRIME_BITS {
            let mut bytes = randomness.bytes::<256>();
            bytes[0] |= 0x80;
            let candidate = BigUint::from_bytes_be(&bytes);
            let p: BigUint = &candidate - &candidate % &step + 1u8;
            if p.bits() == PRIME_BITS && is_probable_prime(&p, &small_primes) {
                return (p, q);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_belong_together() {
        let [p, q, g, y, x] = numbers(&mut Randomness::seeded(1));
        let one = BigUint::from(1u8);
        assert_eq!((p.bits(), q.bits()), (2048, 256));
        assert_eq!((&p - &one) % &q, BigUint::ZERO);
        assert_eq!(g.modpow(&q, &p), one);
        assert_ne!(g, one);
        assert_eq!(g.modpow(&x, &p), y);
    }
}
