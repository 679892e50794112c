//! Random texts and numbers, drawn from the world, which may refuse.

use gostd::base64;
use gostd::utf8;
use gostd::value::Value;
use gotemplate::{Call, CallError, Function};

use crate::args::{int, negative_length, text};
use crate::table::{Answer, INT, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("randAlphaNum", &[INT], STRING, |call, args| characters(call, args, "randAlphaNum", ALPHANUMERIC)),
    fixed("randAlpha", &[INT], STRING, |call, args| characters(call, args, "randAlpha", &ALPHANUMERIC[10..])),
    fixed("randNumeric", &[INT], STRING, |call, args| {
        characters(call, args, "randNumeric", &ALPHANUMERIC[..10])
    }),
    fixed("randAscii", &[INT], STRING, rand_ascii),
    fixed("randBytes", &[INT], STRING, rand_bytes),
    fixed("randInt", &[INT, INT], INT, rand_int),
    fixed("shuffle", &[STRING], STRING, shuffle),
    fixed("uuidv4", &[], STRING, uuidv4),
];

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a random number takes off the budget, in steps.
const STEPS_OF_A_DRAW: u64 = 8;

/// Random numbers for one call. Randomness is asked for in small pieces, as it is used up.
struct Draws<'a, 'c, 'r> {
    call: &'a Call<'c, 'r>,
    function: &'static str,
    bytes: [u8; 32],
    used: usize,
}

impl<'a, 'c, 'r> Draws<'a, 'c, 'r> {
    fn new(call: &'a Call<'c, 'r>, function: &'static str) -> Self {
        Self { call, function, bytes: [0; 32], used: 32 }
    }

    fn next(&mut self) -> Result<u64, CallError> {
        if self.used == self.bytes.len() {
            self.call.entropy(self.function, &mut self.bytes)?;
            self.used = 0;
        }
        let bytes = &self.bytes[self.used..self.used + 8];
        self.used += 8;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number below the bound, each with the same probability. The bound isn't zero.
    fn below(&mut self, bound: u64) -> Result<u64, CallError> {
        // What is left of the range above the last multiple of the bound would favour small numbers.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.next()?;
            if drawn < limit {
                return Ok(drawn % bound);
            }
        }
    }
}

/// A text of so many characters of the alphabet. A count that is none gives no text, and needs no randomness.
fn characters<'r>(
    call: &Call<'_, 'r>,
    args: &[Value<'r>],
    function: &'static str,
    alphabet: &[u8],
) -> Answer<'r> {
    let Ok(count) = u64::try_from(int(args, 0)) else {
        return Ok(Value::String(b""));
    };
    call.budget.bytes(count)?;
    call.budget.step(count.saturating_mul(STEPS_OF_A_DRAW))?;
    let mut draws = Draws::new(call, function);
    let mut out = Vec::new();
    for _ in 0..count {
        out.push(alphabet[draws.below(alphabet.len() as u64)? as usize]);
    }
    Ok(call.arena.string(out))
}

fn rand_ascii<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let printable: Vec<u8> = (b' '..=b'~').collect();
    characters(call, args, "randAscii", &printable)
}

fn rand_bytes<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let Ok(count) = u64::try_from(int(args, 0)) else {
        return Err(negative_length());
    };
    call.budget.bytes(count.saturating_mul(3))?;
    let mut bytes = vec![0; count as usize];
    if !bytes.is_empty() {
        call.entropy("randBytes", &mut bytes)?;
    }
    Ok(call.arena.string(base64::encode(&bytes)))
}

fn rand_int<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (least, limit) = (int(args, 0), int(args, 1));
    match u64::try_from(limit.wrapping_sub(least)) {
        Ok(span) if span > 0 => {
            let drawn = Draws::new(call, "randInt").below(span)?;
            Ok(Value::int(least.wrapping_add(drawn.cast_signed())))
        }
        _ => Err(CallError::failed("invalid argument to Intn")),
    }
}

fn shuffle<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let count = utf8::rune_count(text(args, 0)) as u64;
    call.budget.step(count.saturating_mul(STEPS_OF_A_DRAW))?;
    call.budget.bytes(count.saturating_mul(2 * size_of::<char>() as u64))?;
    let mut runes: Vec<char> = utf8::runes(text(args, 0)).map(|(_, rune)| rune).collect();
    let mut draws = Draws::new(call, "shuffle");
    for last in (1..runes.len()).rev() {
        runes.swap(last, draws.below(last as u64 + 1)? as usize);
    }
    Ok(call.arena.string(String::from_iter(runes)))
}

fn uuidv4<'r>(call: &Call<'_, 'r>, _: &[Value<'r>]) -> Answer<'r> {
    let mut bytes = [0; 16];
    call.entropy("uuidv4", &mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(call.arena.string(groups.join("-")))
}
