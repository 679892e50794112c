//! Random primes.

use crypto_bigint::BoxedUint;
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};
use num_bigint::BigUint;

use crate::certificates::randomness::Randomness;

/// A random prime of exactly so many bits, which are more than a few; `set` says which of them are ones.
pub(super) fn random_prime(bits: u32, set: SetBits, randomness: &mut Randomness) -> BigUint {
    let prime: Option<BoxedUint> = SmallFactorsSieveFactory::new(Flavor::Any, bits, set)
        .and_then(|candidates| {
            sieve_and_find(randomness.generator(), candidates, |_, candidate| {
                is_prime(Flavor::Any, candidate)
            })
        })
        .expect("the number of bits isn't too small for a prime, nor limited by the type");
    let prime = prime.expect("the sieve begins anew where it ends");
    BigUint::from_bytes_be(&prime.to_be_bytes())
}

/// Whether a number is a prime; small factors are looked for first.
pub(super) fn is_probable_prime(number: &BigUint, small_primes: &[u32]) -> bool {
    if small_primes.iter().any(|prime| (number % prime) == BigUint::ZERO) {
        return false;
    }
    is_prime(Flavor::Any, &BoxedUint::from_be_slice_vartime(&number.to_bytes_be()))
}

/// The primes below a bound.
pub(super) fn small_primes(bound: u32) -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for number in 2..bound {
        if primes.iter().take_while(|prime| **prime * **prime <= number).all(|prime| number % prime != 0) {
            primes.push(number);
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_primes_in_order() {
        assert_eq!(small_primes(30), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    }

    #[test]
    fn composites_are_found() {
        // The second is a pseudoprime to base 2.
        for (number, prime) in [(65_537u32, true), (3_215_031_751, false), (1_000_003, true), (65_535, false)]
        {
            assert_eq!(is_probable_prime(&BigUint::from(number), &small_primes(100)), prime, "{number}");
        }
    }
}
