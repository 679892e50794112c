//! Format strings: flags, widths, precisions, argument indexes, and what is wrong with them.

use super::pad::Flags;
use super::printer::Printer;
use crate::utf8;
use crate::value::Value;

/// Widths, precisions and indexes above this count as errors.
const MAX_NUMBER: i64 = 1_000_000;

/// Go's `fmt.Sprintf`. What is wrong with the format is said in the text, as Go does.
pub fn sprintf(format: &[u8], args: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len() + 16 * args.len());
    let mut formatter = Formatter { format, args, position: 0, arg: 0, reordered: false, good_index: true };
    formatter.run(&mut out);
    out
}

struct Formatter<'f, 'r> {
    format: &'f [u8],
    args: &'f [Value<'r>],
    /// The byte to read next.
    position: usize,
    /// The argument to print next.
    arg: usize,
    /// Whether an index moved `arg`, so that leftover arguments aren't known.
    reordered: bool,
    /// Whether the indexes of the current verb are well formed and in range.
    good_index: bool,
}

impl Formatter<'_, '_> {
    fn run(&mut self, out: &mut Vec<u8>) {
        loop {
            let rest = &self.format[self.position..];
            let literal = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            out.extend_from_slice(&rest[..literal]);
            self.position += literal;
            if self.peek().is_none() {
                break;
            }
            self.position += 1;
            if !self.verb(out) {
                out.extend(b"%!(NOVERB)");
                break;
            }
        }
        self.report_extra(out);
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.position).copied()
    }

    /// Takes the byte if it comes next.
    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.position += usize::from(eaten);
        eaten
    }

    /// Prints one verb, whose `%` has been read; `false` if the format ends before the verb.
    fn verb(&mut self, out: &mut Vec<u8>) -> bool {
        self.good_index = true;
        let mut flags = self.flags();
        let mut after_index = self.index();

        if self.eat(b'*') {
            let width = self.number_argument();
            if width.is_none() {
                out.extend(b"%!(BADWIDTH)");
            }
            if width.is_some_and(|width| width < 0) {
                flags.minus = true;
                flags.zero = false;
            }
            flags.width = width.map(|width| width.unsigned_abs() as usize);
            after_index = false;
        } else {
            flags.width = self.number();
            if after_index && flags.width.is_some() {
                self.good_index = false;
            }
        }

        // A point that ends the format is the verb.
        if self.peek() == Some(b'.') && self.position + 1 < self.format.len() {
            self.position += 1;
            if after_index {
                self.good_index = false;
            }
            after_index = self.index();
            if self.eat(b'*') {
                flags.precision =
                    self.number_argument().and_then(|precision| usize::try_from(precision).ok());
                if flags.precision.is_none() {
                    out.extend(b"%!(BADPREC)");
                }
                after_index = false;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }

        let (verb, width) = utf8::decode_rune(&self.format[self.position..]);
        if width == 0 {
            return false;
        }
        self.position += width;
        match self.args.get(self.arg) {
            _ if verb == '%' => out.push(b'%'),
            _ if !self.good_index => report(out, verb, "(BADINDEX)"),
            None => report(out, verb, "(MISSING)"),
            Some(arg) => {
                let flags = if matches!(verb, 'v' | 'w') { flags.of_value_verb() } else { flags };
                Printer::with_flags(out, flags).value(*arg, verb);
                self.arg += 1;
            }
        }
        true
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.position += 1;
        }
        flags
    }

    /// A decimal number, where one comes next. One that is too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let value = number.unwrap_or(0);
            if value > MAX_NUMBER {
                self.position = self.format.len();
                return None;
            }
            number = Some(value * 10 + i64::from(digit - b'0'));
            self.position += 1;
        }
        number.and_then(|number| usize::try_from(number).ok())
    }

    /// The integer that an asterisk takes from the arguments.
    fn number_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.arg)?;
        self.arg += 1;
        let number = match arg {
            Value::Int(_, number) => *number,
            Value::Uint(_, number) => i64::try_from(*number).ok()?,
            Value::Object(object) => object.as_int()?,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER).contains(&number).then_some(number)
    }

    /// An argument index such as `[2]`, where one comes next; whether there was a well-formed one.
    fn index(&mut self) -> bool {
        let Some(rest) = self.format[self.position..].strip_prefix(b"[") else { return false };
        self.reordered = true;
        let Some(end) = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 2) else {
            self.position += 1;
            self.good_index = false;
            return false;
        };
        self.position += end + 2;
        let index = parse_index(&rest[..end]);
        match index.and_then(|index| index.checked_sub(1)).filter(|index| *index < self.args.len()) {
            Some(index) => self.arg = index,
            None => self.good_index = false,
        }
        index.is_some()
    }

    fn report_extra(&self, out: &mut Vec<u8>) {
        let extra = self.args.get(self.arg..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return;
        }
        out.extend(b"%!(EXTRA ");
        for (index, arg) in extra.iter().enumerate() {
            if index > 0 {
                out.extend(b", ");
            }
            out.extend_from_slice(arg.type_name().as_bytes());
            if !arg.is_nil() {
                out.push(b'=');
                Printer::new(out).value(*arg, 'v');
            }
        }
        out.push(b')');
    }
}

fn report(out: &mut Vec<u8>, verb: char, problem: &str) {
    out.extend(b"%!");
    utf8::append_rune(out, verb);
    out.extend_from_slice(problem.as_bytes());
}

fn parse_index(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    let mut number = 0;
    for digit in digits {
        if !digit.is_ascii_digit() || number > MAX_NUMBER {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    usize::try_from(number).ok()
}
