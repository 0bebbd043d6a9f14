//! Round trips and broken data.

use super::*;

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn base85_round_trips_for_every_length() {
    for len in 1..=52 {
        let (bytes, mut line, mut back) = (noise(len), Vec::new(), Vec::new());
        push_base85(&mut line, &bytes);
        decode_base85(line.strip_suffix(b"\n").unwrap(), &mut back).unwrap();
        assert_eq!(back, bytes);
    }
}

#[test]
fn bad_base85_is_refused() {
    for bad in [&b""[..], b"A", b"A0000", b"A000000", b"A\"0000", b"D~~~~~", b"!00000"] {
        assert_eq!(decode_base85(bad, &mut Vec::new()), Err(BinaryError::Base85));
    }
}

#[test]
fn deltas_make_the_new_content() {
    let old = noise(200_000);
    let mut moved = old[100_000..].to_vec();
    moved.extend_from_slice(b"something between");
    moved.extend_from_slice(&old[..150_000]);
    for new in [moved, old.clone(), noise(10), vec![], old[3..199_990].to_vec()] {
        let delta = encode_delta(&old, &new);
        assert!(delta.len() < 200, "{}", delta.len());
        assert_eq!(apply_delta(&old, &delta).unwrap(), new);
    }
}

#[test]
fn broken_deltas_are_errors() {
    let delta = encode_delta(&noise(100), &noise(300));
    for end in 0..delta.len() {
        assert!(apply_delta(&noise(100), &delta[..end]).is_err());
    }
    assert!(matches!(apply_delta(b"x", &delta), Err(BinaryError::DeltaBase { .. })));
    assert_eq!(apply_delta(b"", &[0, 1, 0]), Err(BinaryError::Delta));
    assert_eq!(apply_delta(b"ab", &[2, 4, 0x91, 1, 4]), Err(BinaryError::Delta));
}

#[test]
fn sizes_that_the_data_cannot_hold_are_refused_before_memory_is_taken() {
    let inflate = |stated| BinaryHunk::inflate(Encoding::Literal, stated, &deflate(b"hello"));
    assert_eq!(inflate(5).unwrap().data, b"hello");
    assert_eq!(inflate(4), Err(BinaryError::Size { stated: 4, found: 5 }));
    assert_eq!(inflate(6), Err(BinaryError::Size { stated: 6, found: 5 }));
    assert_eq!(inflate(MAX_SIZE + 1), Err(BinaryError::TooLarge(MAX_SIZE + 1)));
    assert_eq!(inflate(1 << 20), Err(BinaryError::TooLarge(1 << 20)));
}
