//! The data of Unicode 15.0.0, in the shapes that look-ups need.

mod case;
mod categories;
mod scripts;

pub(super) use case::{MAPPINGS, ORBITS};
pub(super) use categories::RUNS;
pub(super) use scripts::SCRIPTS;

/// The general category that the code points of a run have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Lu` and `Ll` in turn, beginning with `Lu`.
    Pairs,
    Cc,
    Cf,
    Cn,
    Co,
    Cs,
    Ll,
    Lm,
    Lo,
    Lt,
    Lu,
    Mc,
    Me,
    Mn,
    Nd,
    Nl,
    No,
    Pc,
    Pd,
    Pe,
    Pf,
    Pi,
    Po,
    Ps,
    Sc,
    Sk,
    Sm,
    So,
    Zl,
    Zp,
    Zs,
}

/// The case mappings that the code points of a range have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mapping {
    /// Upper and lower case in turn, beginning with upper case.
    Pairs,
    /// The distances to upper, lower and title case.
    By(i32, i32, i32),
}
