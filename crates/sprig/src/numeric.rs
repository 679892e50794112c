//! Numbers: conversions, integer and decimal arithmetic, rounding, sequences.

use gostd::value::{ListType, Value};
use gostd::{fmt, strconv};
use gotemplate::{Budget, Call, CallError, Function};

use crate::args::{any, int, rest, text};
use crate::cast::{to_float64, to_int64};
use crate::decimal::Decimal;
use crate::table::{ANY, Answer, FLOAT64, INT, INT64, INTS, STRING, fixed, variadic};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("atoi", &[STRING], INT, |_, args| {
        // Where the text is out of range Go gives the nearest integer beside the error, which sprig drops.
        Ok(Value::int(strconv::atoi(text(args, 0)).unwrap_or_else(|error| match error.value {
            strconv::NumValue::Int(nearest) => nearest,
            _ => 0,
        })))
    }),
    fixed("int64", &[ANY], INT64, |_, args| Ok(Value::int64(to_int64(any(args, 0))))),
    fixed("int", &[ANY], INT, |_, args| Ok(Value::int(to_int64(any(args, 0))))),
    fixed("float64", &[ANY], FLOAT64, |_, args| Ok(Value::float64(to_float64(any(args, 0))))),
    fixed("toDecimal", &[ANY], INT64, |call, args| {
        call.check_texts(args, 0)?;
        let printed = fmt::sprint(&[any(args, 0)]);
        Ok(Value::int64(strconv::parse_int(&printed, 8, 64).unwrap_or(0)))
    }),
    fixed("add1", &[ANY], INT64, |_, args| Ok(Value::int64(to_int64(any(args, 0)).wrapping_add(1)))),
    variadic("add", &[ANY], INT64, |_, args| {
        Ok(Value::int64(args.iter().fold(0, |sum, value| i64::wrapping_add(sum, to_int64(*value)))))
    }),
    fixed("sub", &[ANY, ANY], INT64, |_, args| {
        Ok(Value::int64(to_int64(any(args, 0)).wrapping_sub(to_int64(any(args, 1)))))
    }),
    fixed("div", &[ANY, ANY], INT64, |_, args| integer_quotient(args, i64::wrapping_div)),
    fixed("mod", &[ANY, ANY], INT64, |_, args| integer_quotient(args, i64::wrapping_rem)),
    variadic("mul", &[ANY, ANY], INT64, |_, args| {
        Ok(Value::int64(args.iter().fold(1, |product, value| i64::wrapping_mul(product, to_int64(*value)))))
    }),
    variadic("biggest", &[ANY, ANY], INT64, maximum),
    variadic("max", &[ANY, ANY], INT64, maximum),
    variadic("min", &[ANY, ANY], INT64, |_, args| {
        Ok(Value::int64(args.iter().map(|value| to_int64(*value)).min().unwrap_or(0)))
    }),
    variadic("maxf", &[ANY, ANY], FLOAT64, |_, args| fold_floats(args, max_float)),
    variadic("minf", &[ANY, ANY], FLOAT64, |_, args| fold_floats(args, min_float)),
    fixed("add1f", &[ANY], FLOAT64, |_, args| {
        decimal_operation(any(args, 0), &[Value::int(1)], |a, b| Ok(a.add(b)))
    }),
    variadic("addf", &[ANY], FLOAT64, |_, args| {
        decimal_operation(Value::float64(0.0), args, |a, b| Ok(a.add(b)))
    }),
    variadic("subf", &[ANY, ANY], FLOAT64, |_, args| {
        decimal_operation(any(args, 0), rest(args, 1), |a, b| Ok(a.subtract(b)))
    }),
    variadic("mulf", &[ANY, ANY], FLOAT64, |_, args| {
        decimal_operation(any(args, 0), rest(args, 1), |a, b| Ok(a.multiply(b)))
    }),
    variadic("divf", &[ANY, ANY], FLOAT64, |_, args| {
        decimal_operation(any(args, 0), rest(args, 1), Decimal::divide)
    }),
    fixed("ceil", &[ANY], FLOAT64, |_, args| Ok(Value::float64(to_float64(any(args, 0)).ceil()))),
    fixed("floor", &[ANY], FLOAT64, |_, args| Ok(Value::float64(to_float64(any(args, 0)).floor()))),
    variadic("round", &[ANY, INT, FLOAT64], FLOAT64, round),
    fixed("until", &[INT], INTS, |call, args| {
        let count = int(args, 0);
        int_list(call, 0, count, if count < 0 { -1 } else { 1 })
    }),
    fixed("untilStep", &[INT, INT, INT], INTS, |call, args| {
        int_list(call, int(args, 0), int(args, 1), int(args, 2))
    }),
    variadic("seq", &[INT], STRING, seq),
];

fn integer_quotient<'r>(args: &[Value<'r>], operation: fn(i64, i64) -> i64) -> Answer<'r> {
    match to_int64(any(args, 1)) {
        0 => Err(CallError::failed("runtime error: integer divide by zero")),
        divisor => Ok(Value::int64(operation(to_int64(any(args, 0)), divisor))),
    }
}

fn maximum<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    Ok(Value::int64(args.iter().map(|value| to_int64(*value)).max().unwrap_or(0)))
}

fn fold_floats<'r>(args: &[Value<'r>], operation: fn(f64, f64) -> f64) -> Answer<'r> {
    let result = args.iter().map(|value| to_float64(*value)).reduce(operation);
    Ok(Value::float64(result.unwrap_or(0.0)))
}

/// Go's `math.Max`: an infinity wins over NaN, NaN over numbers, 0 over -0.
fn max_float(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

/// Go's `math.Min`.
fn min_float(a: f64, b: f64) -> f64 {
    -max_float(-a, -b)
}

/// Folds in decimals. Arguments convert one by one, so that the first that fails decides the error.
fn decimal_operation<'r>(
    first: Value<'r>,
    others: &[Value<'r>],
    operation: impl Fn(&Decimal, &Decimal) -> Result<Decimal, CallError>,
) -> Answer<'r> {
    let mut result = Decimal::from_float(to_float64(first))?;
    for other in others {
        result = operation(&result, &Decimal::from_float(to_float64(*other))?)?;
    }
    Ok(Value::float64(result.to_float()))
}

fn round<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let round_on = match args.get(2) {
        Some(Value::Float(_, value)) => *value,
        _ => 0.5,
    };
    let power = power_of_ten(int(args, 1) as f64);
    let digits = power * to_float64(any(args, 0));
    // Go's Modf leaves NaN as the fraction of an infinity, Rust's fract does too.
    let rounded = if digits.fract() >= round_on { digits.ceil() } else { digits.floor() };
    Ok(Value::float64(rounded / power))
}

/// Ten to the power of a whole number by Go's own algorithm, whose last bit may differ from the C library's:
/// squaring the mantissa, with the binary exponent kept apart (math: `pow.go`).
fn power_of_ten(exponent: f64) -> f64 {
    if exponent == 0.0 {
        return 1.0;
    }
    if exponent == 1.0 {
        return 10.0;
    }
    let mut count = exponent.abs();
    if count >= 9_223_372_036_854_775_808.0 {
        return if exponent > 0.0 { f64::INFINITY } else { 0.0 };
    }
    let (mut mantissa, mut power) = (1.0f64, 0i64);
    let (mut square, mut square_power) = (0.625f64, 4i64);
    while count >= 1.0 {
        if square_power.abs() > 1 << 12 {
            power += square_power;
            break;
        }
        if count % 2.0 == 1.0 {
            mantissa *= square;
            power += square_power;
        }
        square *= square;
        square_power <<= 1;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        count = (count / 2.0).floor();
    }
    if exponent < 0.0 {
        mantissa = 1.0 / mantissa;
        power = -power;
    }
    scale_by_power_of_two(mantissa, power)
}

/// Go's `math.Ldexp` for a mantissa between two to the power of -63 and 63.
fn scale_by_power_of_two(mantissa: f64, power: i64) -> f64 {
    if power > 1100 {
        return f64::INFINITY;
    }
    if power < -1200 {
        return 0.0;
    }
    // In two steps, since two to the power itself may be out of range; the first is exact.
    let half = (power / 2) as i32;
    mantissa * 2f64.powi(half) * 2f64.powi(power as i32 - half)
}

/// The numbers from `start` on before `stop`, where the step leads there.
fn steps(budget: &Budget, start: i64, stop: i64, step: i64, cost: u64) -> Result<Vec<i64>, CallError> {
    let forward = stop >= start;
    if (forward && step <= 0) || (!forward && step >= 0) {
        return Ok(Vec::new());
    }
    let distance = i128::from(stop) - i128::from(start);
    let step_wide = i128::from(step);
    let count = (distance.abs() + step_wide.abs() - 1) / step_wide.abs();
    // Go wraps around and never ends where the last step leaves the range of integers.
    let past_the_end = i128::from(start) + count * step_wide;
    let endless = i64::try_from(past_the_end).is_err();
    let count = if endless { u64::MAX } else { u64::try_from(count).unwrap_or(u64::MAX) };
    budget.bytes(count.saturating_mul(cost))?;
    Ok((0..count).map(|index| start.wrapping_add(step.wrapping_mul(index.cast_signed()))).collect())
}

/// What an element of a list costs.
const ELEMENT: u64 = size_of::<Value<'_>>() as u64;

/// What a number costs that becomes a word of a text, with the room that the text grows into.
const WORD: u64 = 40;

fn int_list<'r>(call: &Call<'_, 'r>, start: i64, stop: i64, step: i64) -> Answer<'r> {
    let numbers: Vec<Value<'r>> =
        steps(call.budget, start, stop, step, ELEMENT)?.into_iter().map(Value::int).collect();
    Ok(Value::List(call.arena.list_appended(ListType::Int, &numbers)))
}

/// Like the shell's `seq`: last, first and last, or first, step and last.
fn seq<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (start, step, end) = match args.len() {
        1 => (1, None, int(args, 0)),
        2 => (int(args, 0), None, int(args, 1)),
        3 => (int(args, 0), Some(int(args, 1)), int(args, 2)),
        _ => return Ok(Value::String(b"")),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok(Value::String(b""));
    }
    let stop = end.wrapping_add(direction);
    let mut out = Vec::new();
    for (index, number) in
        steps(call.budget, start, stop, step.unwrap_or(direction), WORD)?.iter().enumerate()
    {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(number.to_string().as_bytes());
    }
    Ok(call.arena.string(out))
}
