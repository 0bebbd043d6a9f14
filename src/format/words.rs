//! What the words of a message say beside its trailers.

use bstr::ByteSlice;

/// The fewest digits of an id in prose: shorter runs of hexadecimal digits are too often something else.
const SHORTEST: usize = 10;

/// Every word of a message that could be the id of a commit, in lower case: 10 to 40 hexadecimal digits, or 64.
pub fn ids(message: &[u8]) -> Vec<String> {
    let words = message.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let is_id = |word: &&[u8]| matches!(word.len(), SHORTEST..=40 | 64) && word.iter().all(u8::is_ascii_hexdigit);
    words.filter(is_id).map(|word| word.to_str_lossy().to_ascii_lowercase()).collect()
}

/// How messages speak of vulnerabilities. The word "security" alone is no sign: programs have security groups, contexts and identities.
const DANGER: [&str; 21] = [
    "cve-",
    "ghsa-",
    "vulnerab",
    "exploit",
    "use-after-free",
    "use after free",
    "double free",
    "double-free",
    "out-of-bounds",
    "out of bounds",
    "buffer overflow",
    "heap overflow",
    "stack overflow",
    "memory corruption",
    "denial of service",
    "denial-of-service",
    "privilege escalation",
    "code execution",
    "information leak",
    "security issue",
    "security fix",
];

/// Whether a message speaks of a vulnerability.
pub fn is_dangerous(message: &[u8]) -> bool {
    let message = message.to_ascii_lowercase();
    DANGER.iter().any(|word| message.contains_str(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_whole_words_of_hexadecimal_digits() {
        let text = b"see 0123456789AB, https://x/commit/89e6c98d92887913cadf06b2adb97f26cde4849b (not 012345678 or 0123456789x,\n\
                     a_0123456789, 0123456789012345678901234567890123456789f)";
        assert_eq!(ids(text), ["0123456789ab", "89e6c98d92887913cadf06b2adb97f26cde4849b"]);
    }

    #[test]
    fn a_security_identity_is_no_danger() {
        assert!(is_dangerous(b"x\n\nThis is CVE-2023-1."));
        assert!(is_dangerous(b"Fix a Use-After-Free"));
        assert!(!is_dangerous(b"Give every security identity a number"));
    }
}
