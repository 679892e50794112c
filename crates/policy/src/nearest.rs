//! The known name that a mistyped one is nearest to.

/// The candidate that `name` was probably meant to be: few edits away, or one that it begins.
///
/// The first candidate wins where several are equally near, so the answer depends on nothing but the
/// arguments.
pub fn nearest<'a, S: AsRef<str> + ?Sized + 'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a S>,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let limit = ((length + 1) / 3).clamp(1, 3);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let known = candidate.to_lowercase();
        let distance = if length >= 3 && (known.starts_with(&wanted) || wanted.starts_with(&known)) {
            1
        } else if length.abs_diff(known.chars().count()) > limit {
            continue;
        } else {
            strsim::osa_distance(&wanted, &known)
        };
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let stages = ["staging", "test", "levelbuilder", "production"];
        for (typed, meant) in [
            ("stagnig", Some("staging")),
            ("Staging", Some("staging")),
            ("prod", Some("production")),
            ("tets", Some("test")),
            ("levelbuilders", Some("levelbuilder")),
            ("", None),
            ("x", None),
            ("qa", None),
            ("canary", None),
        ] {
            assert_eq!(nearest(typed, &stages), meant, "{typed}");
        }
    }
}
