//! The order of keys: go-yaml's idea of a natural one, in its two versions.
//!
//! The relation is not transitive where digits meet letters or leading zeros; Go's order is then a matter of
//! chance. Here such keys are ordered by a stable merge sort that starts from the bytewise order.

use gostd::unicode::{is_digit, is_letter};
use gostd::utf8::runes;

use crate::resolve::Version;

/// Sorts entries by their keys.
pub(super) fn sort<K: AsRef<[u8]>, T>(entries: &mut Vec<(K, T)>, version: Version) {
    let less = |a: &(K, T), b: &(K, T)| natural_less(a.0.as_ref(), b.0.as_ref(), version);
    // Most maps are in order already, or nearly so.
    if !entries.is_sorted_by(less) {
        let sorted = merge_sort(std::mem::take(entries), &less);
        *entries = sorted;
    }
}

/// A stable merge sort that bears with any relation.
fn merge_sort<T>(mut items: Vec<T>, less: &impl Fn(&T, &T) -> bool) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let right = merge_sort(items.split_off(items.len() / 2), less);
    let left = merge_sort(items, less);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        if less(b, a) {
            merged.extend(right.next());
        } else {
            merged.extend(left.next());
        }
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// Whether a key comes before another.
fn natural_less(a: &[u8], b: &[u8], version: Version) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return natural_less_by(
            a,
            b,
            version,
            |byte| byte.is_ascii_alphabetic(),
            |byte| byte.is_ascii_digit(),
            i64::from,
        );
    }
    let characters = |text: &[u8]| runes(text).map(|(_, rune)| rune).collect::<Vec<char>>();
    natural_less_by(&characters(a), &characters(b), version, is_letter, is_digit, |rune| {
        i64::from(u32::from(rune))
    })
}

fn natural_less_by<C: Copy + PartialEq + PartialOrd>(
    a: &[C],
    b: &[C],
    version: Version,
    is_letter: impl Fn(C) -> bool,
    is_digit: impl Fn(C) -> bool,
    code: impl Fn(C) -> i64,
) -> bool {
    let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) else { return a.len() < b.len() };
    let after_digit = at > 0 && is_digit(a[at - 1]);
    match (is_letter(a[at]), is_letter(b[at])) {
        (true, true) => return a[at] < b[at],
        (false, false) => {}
        (a_is_letter, b_is_letter) => {
            // In version 3 a number that ends comes before one that goes on.
            return if version == Version::V3 && after_digit { a_is_letter } else { b_is_letter };
        }
    }
    // A zero within a number counts as a digit of it.
    let zero = i64::from(b'0');
    let within_number = (code(a[at]) == zero || code(b[at]) == zero)
        && a[..at].iter().rev().take_while(|c| is_digit(**c)).any(|c| code(*c) != zero);
    let number = |text: &[C]| {
        let digits = text[at..].iter().take_while(|c| is_digit(**c));
        digits.fold((i64::from(within_number), at), |(value, end), digit| {
            (value.wrapping_mul(10).wrapping_add(code(*digit) - zero), end + 1)
        })
    };
    let (a_number, b_number) = (number(a), number(b));
    if a_number != b_number { a_number < b_number } else { a[at] < b[at] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &str, version: Version) -> String {
        let mut keys: Vec<(&str, ())> = keys.split(' ').map(|key| (key, ())).collect();
        keys.sort_unstable();
        sort(&mut keys, version);
        keys.into_iter().map(|(key, ())| key).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keys_are_in_natural_order() {
        let order = " - _ 1 2 10 A B a a-b a.b a/b a:b a_b a0b a1 a2 a10 aB ab b é";
        assert_eq!(sorted(order, Version::V2), order);
        let order = "key key-1 key1 key2 key10 key100 keyA";
        assert_eq!(sorted(order, Version::V2), order);
    }

    #[test]
    fn versions_differ_where_letters_meet_digits() {
        assert_eq!(sorted("1a 12", Version::V2), "12 1a");
        assert_eq!(sorted("1a 12", Version::V3), "1a 12");
    }
}
