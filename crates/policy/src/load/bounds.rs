//! What a chart may cost, as the pipeline file says it.

use helm::{Bound, Limits};

use super::{Decoded, Loader};
use crate::problem::Place;
use crate::wire;

impl Loader<'_> {
    /// The bounds; a wrong one is reported and the default stands in for it.
    pub(super) fn bounds(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Limits {
        let Some(wire) = pipeline.wire.bounds.get() else { return Limits::DEFAULT };
        let mut limits = Limits::DEFAULT;
        for bound in Bound::ALL {
            let Some((allowed, mark)) = wire.of(bound).given() else { continue };
            let most = Limits::MOST.of(bound);
            if (1..=most).contains(allowed) {
                limits = limits.with(bound, *allowed);
            } else {
                let hint = format!("write a number from 1 to {most}");
                let message = format!("`{bound}: {allowed}` is no bound that can be kept");
                self.report.error(Place::at(&pipeline.path, mark), message, Some(hint));
            }
        }
        limits
    }
}
