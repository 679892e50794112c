//! What a stage's branch holds: two records and the manifests.

mod canonical;
mod promotion;
mod stage_tree;
mod verification;
mod wire;
mod yaml;

pub use promotion::{FreightRef, PromotionRecord, RENDERER};
pub use stage_tree::{MANIFESTS_DIRECTORY, PROMOTION_FILE, StageTree, VERIFICATION_FILE, write_stage_tree};
pub use verification::{Evidence, Verdict, VerdictResult, Verification};

pub(crate) use wire::Reader;
pub(crate) use yaml::scalar;
