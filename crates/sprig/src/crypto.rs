//! Passwords and ciphers: `derivePassword`, `encryptAES`, `decryptAES`, `bcrypt`, `htpasswd`.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use blowfish::Blowfish;
use gostd::base64;
use gostd::value::Value;
use gotemplate::{Call, CallError, Function};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::args::{int, text};
use crate::encoding::decode_base64;
use crate::table::{Answer, STRING, UINT32, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("derivePassword", &[UINT32, STRING, STRING, STRING, STRING], STRING, derive_password),
    fixed("encryptAES", &[STRING, STRING], STRING, encrypt_aes),
    fixed("decryptAES", &[STRING, STRING], STRING, decrypt_aes),
    fixed("bcrypt", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(bcrypt(call, "bcrypt", text(args, 0))?))
    }),
    fixed("htpasswd", &[STRING, STRING], STRING, htpasswd),
];

/// What the scheme's name is hashed with (Master Password, version 0).
const SCOPE: &[u8] = b"com.lyndir.masterpassword";

/// The shapes of a kind of password, a letter for each class of characters.
fn password_templates(kind: &[u8]) -> Option<&'static [&'static [u8]]> {
    Some(match kind {
        b"maximum" => &[b"anoxxxxxxxxxxxxxxxxx", b"axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            b"CvcvnoCvcvCvcv",
            b"CvcvCvcvnoCvcv",
            b"CvcvCvcvCvcvno",
            b"CvccnoCvcvCvcv",
            b"CvccCvcvnoCvcv",
            b"CvccCvcvCvcvno",
            b"CvcvnoCvccCvcv",
            b"CvcvCvccnoCvcv",
            b"CvcvCvccCvcvno",
            b"CvcvnoCvcvCvcc",
            b"CvcvCvcvnoCvcc",
            b"CvcvCvcvCvccno",
            b"CvccnoCvccCvcv",
            b"CvccCvccnoCvcv",
            b"CvccCvccCvcvno",
            b"CvcvnoCvccCvcc",
            b"CvcvCvccnoCvcc",
            b"CvcvCvccCvccno",
            b"CvccnoCvcvCvcc",
            b"CvccCvcvnoCvcc",
            b"CvccCvcvCvccno",
        ],
        b"medium" => &[b"CvcnoCvc", b"CvcCvcno"],
        b"short" => &[b"Cvcn"],
        b"basic" => &[b"aaanaaan", b"aannaaan", b"aaannaaa"],
        b"pin" => &[b"nnnn"],
        _ => return None,
    })
}

fn password_characters(class: u8) -> &'static [u8] {
    match class {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The scope and a text behind its length.
fn scoped(subject: &[u8]) -> Vec<u8> {
    // Go converts the length in the same way.
    let length = (subject.len() as u32).to_be_bytes();
    [SCOPE, &length, subject].concat()
}

/// What deriving a password takes, in steps: a tenth of a second, and 32 MiB.
const STEPS_OF_SCRYPT: u64 = 6_000_000;

fn derive_password<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (counter, kind, password) = (int(args, 0) as u32, text(args, 1), text(args, 2));
    let (user, site) = (text(args, 3), text(args, 4));
    let Some(templates) = password_templates(kind) else {
        return Ok(call.arena.string([b"cannot find password template ", kind].concat()));
    };
    call.budget.step(STEPS_OF_SCRYPT)?;
    let failed = |error: String| CallError::failed(format!("failed to derive password: {error}"));
    let cost = scrypt::Params::new(15, 8, 2).map_err(|error| failed(error.to_string()))?;
    let mut key = [0; 64];
    scrypt::scrypt(password, &scoped(user), &cost, &mut key).map_err(|error| failed(error.to_string()))?;
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(&key).map_err(|error| failed(error.to_string()))?;
    mac.update(&scoped(site));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let derived: Vec<u8> = template
        .iter()
        .zip(&seed[1..])
        .map(|(class, byte)| {
            let characters = password_characters(*class);
            characters[usize::from(*byte) % characters.len()]
        })
        .collect();
    Ok(call.arena.string(derived))
}

/// The bytes of a block of AES.
const BLOCK: usize = 16;

/// AES-256 under the password itself, cut or padded with zeros to the key's length.
fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    Aes256::new(&key.into())
}

/// A block that was chained with the one before.
fn mix(block: &mut [u8; BLOCK], previous: &[u8; BLOCK]) {
    for (byte, previous) in block.iter_mut().zip(previous) {
        *byte ^= previous;
    }
}

/// Encrypts in CBC mode: initialisation vector and text, in base64.
fn encrypt_aes<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let plain = text(args, 1);
    if plain.is_empty() {
        return Ok(Value::String(b""));
    }
    let cipher = cipher(text(args, 0));
    let mut previous = [0; BLOCK];
    call.entropy("encryptAES", &mut previous)?;
    let mut out = previous.to_vec();
    let padding = BLOCK - plain.len() % BLOCK;
    let padded = [plain, &vec![padding as u8; padding]].concat();
    for block in padded.as_chunks::<BLOCK>().0 {
        let mut block = *block;
        mix(&mut block, &previous);
        let mut encrypted = block.into();
        cipher.encrypt_block(&mut encrypted);
        previous = encrypted.into();
        out.extend_from_slice(&previous);
    }
    Ok(call.arena.string(base64::encode(&out)))
}

fn decrypt_aes<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let encoded = text(args, 1);
    if encoded.is_empty() {
        return Ok(Value::String(b""));
    }
    let out_of_range = |what: String| CallError::failed(format!("runtime error: {what}"));
    let decoded = decode_base64(encoded).map_err(|corrupt| CallError::failed(corrupt.text("base64")))?;
    let Some((vector, encrypted)) = decoded.split_first_chunk::<BLOCK>() else {
        // Go's buffer is larger than what it holds where the text is padded.
        let capacity = encoded.len() / 4 * 3;
        return Err(out_of_range(if capacity < BLOCK {
            format!("slice bounds out of range [:16] with capacity {capacity}")
        } else {
            format!("slice bounds out of range [16:{}]", decoded.len())
        }));
    };
    let (blocks, left) = encrypted.as_chunks::<BLOCK>();
    if !left.is_empty() {
        return Err(CallError::failed("crypto/cipher: input not full blocks"));
    }
    let cipher = cipher(text(args, 0));
    let mut previous = *vector;
    let mut out = Vec::with_capacity(encrypted.len());
    for block in blocks {
        let mut decrypted = (*block).into();
        cipher.decrypt_block(&mut decrypted);
        let mut plain = decrypted.into();
        mix(&mut plain, &previous);
        previous = *block;
        out.extend_from_slice(&plain);
    }
    let Some(padding) = out.last().map(|byte| usize::from(*byte)) else {
        return Err(out_of_range("index out of range [-1]".to_owned()));
    };
    match out.len().checked_sub(padding) {
        Some(length) => Ok(call.arena.string(&out[..length])),
        None => Err(out_of_range(format!("slice bounds out of range [:-{}]", padding - out.len()))),
    }
}

fn htpasswd<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let user = text(args, 0);
    if user.contains(&b':') {
        return Ok(call.arena.string([b"invalid username: ", user].concat()));
    }
    let hash = bcrypt(call, "htpasswd", text(args, 1))?;
    Ok(call.arena.string([user, b":", &hash].concat()))
}

/// The rounds, as a power of two.
const BCRYPT_COST: u32 = 10;
/// What a hash takes, in steps: about what else would run in the same time.
const STEPS_OF_BCRYPT: u64 = 4_000_000;
/// The longest password.
const BCRYPT_LENGTH: usize = 72;

/// A password's hash, such as `$2a$10$` and 53 characters; a password too long gives the error's text.
fn bcrypt(call: &Call<'_, '_>, function: &'static str, password: &[u8]) -> Result<Vec<u8>, CallError> {
    if password.len() > BCRYPT_LENGTH {
        let text = "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
        return Ok(text.as_bytes().to_vec());
    }
    let mut salt = [0; 16];
    call.entropy(function, &mut salt)?;
    call.budget.step(STEPS_OF_BCRYPT)?;
    let hash = bcrypt_hash(password, &salt);
    let prefix = format!("$2a${BCRYPT_COST:02}$");
    // Of the last block one byte is left out.
    Ok([prefix.as_bytes(), &encode_bcrypt(&salt), &encode_bcrypt(&hash[..23])].concat())
}

/// The expensive key schedule, and a fixed text encrypted under what comes of it.
fn bcrypt_hash(password: &[u8], salt: &[u8; 16]) -> [u8; 24] {
    let key = [password, b"\0"].concat();
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(salt, &key);
    for _ in 0..1u32 << BCRYPT_COST {
        state.bc_expand_key(&key);
        state.bc_expand_key(salt);
    }
    let mut out = [0; 24];
    let text = b"OrpheanBeholderScryDoubt";
    for (block, out) in text.as_chunks::<8>().0.iter().zip(out.as_chunks_mut::<8>().0) {
        let [a, b, c, d, e, f, g, h] = *block;
        let mut halves = [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])];
        for _ in 0..64 {
            halves = state.bc_encrypt(halves);
        }
        out[..4].copy_from_slice(&halves[0].to_be_bytes());
        out[4..].copy_from_slice(&halves[1].to_be_bytes());
    }
    out
}

/// Base64 in bcrypt's own alphabet, without padding.
fn encode_bcrypt(bytes: &[u8]) -> Vec<u8> {
    const STANDARD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const BCRYPT: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    base64::encode(bytes)
        .into_iter()
        .filter_map(|letter| STANDARD.iter().position(|standard| *standard == letter))
        .map(|index| BCRYPT[index])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcrypt_hashes_as_go_does() {
        let salt: [u8; 16] = std::array::from_fn(|index| (index * 37 + 11) as u8);
        assert_eq!(encode_bcrypt(&salt), b"Ax/Tcn9C4O2xUF0gv8uPLe");
        assert_eq!(encode_bcrypt(&bcrypt_hash(b"pass", &salt)[..23]), b"U/Vx8yHDCQ2uj9c82QkVHgunP3ISCTC");
    }
}
