//! The choices behind a generated case: drawn at random or played back, so that a case shrinks by shrinking them.

/// Where a generator draws from. Zero is always the simplest choice.
pub(super) struct Choices {
    /// What was drawn so far, or is to be drawn again.
    record: Vec<u32>,
    position: usize,
    /// None when a record is played back: what is missing at its end is then zero.
    random: Option<SplitMix64>,
}

impl Choices {
    /// Fresh choices for the case of that number in the run of that seed.
    pub(super) fn random(seed: u64, number: u64) -> Self {
        let mut mixer = SplitMix64(seed);
        let seed = mixer.next() ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03);
        Self { record: Vec::new(), position: 0, random: Some(SplitMix64(seed)) }
    }

    /// The choices of a record.
    pub(super) fn replay(record: Vec<u32>) -> Self {
        Self { record, position: 0, random: None }
    }

    /// What was drawn.
    pub(super) fn into_record(mut self) -> Vec<u32> {
        self.record.truncate(self.position);
        self.record
    }

    /// A number below `bound`, which isn't zero.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let drawn = match &mut self.random {
            Some(random) => {
                let drawn = u32::try_from(random.next() >> 32).unwrap_or(0) % bound;
                self.record.push(drawn);
                drawn
            }
            None => self.record.get(self.position).map_or(0, |recorded| recorded % bound),
        };
        self.position += 1;
        drawn
    }

    /// True in `times` of `of` cases.
    pub(super) fn chance(&mut self, times: u32, of: u32) -> bool {
        self.below(of) >= of - times
    }

    /// One of several; the first is the simplest.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        let bound = u32::try_from(of.len()).unwrap_or(u32::MAX);
        of[self.below(bound) as usize]
    }

    /// One of several texts.
    pub(super) fn text(&mut self, of: &[&'static str]) -> &'static str {
        self.one(of)
    }
}

/// Steele, Lea and Flood's generator: small, fast and the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_the_same_choices_again() {
        let mut choices = Choices::random(7, 3);
        let drawn: Vec<u32> = (1..50).map(|bound| choices.below(bound)).collect();
        let mut again = Choices::replay(choices.into_record());
        assert_eq!(drawn, (1..50).map(|bound| again.below(bound)).collect::<Vec<_>>());
        assert_eq!(again.below(9), 0);
    }
}
