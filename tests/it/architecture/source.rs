//! As much understanding of Rust as it takes to see which paths a file names: no comments, no literals, no tests; `use` trees expanded.

/// A path as written: `["std", "fs", "read"]`. The name of a macro ends with `!`.
pub type Names = Vec<String>;

/// Every path that the code names.
pub fn paths(text: &str) -> Vec<Names> {
    let tokens = without_tests(&tokens(&blank_literals(text)));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_member = at > 0 && tokens[at - 1] == ".";
        if tokens[at] == "use" {
            at = use_tree(&tokens, at + 1, &[], &mut found);
        } else if is_name(&tokens[at]) && !is_member {
            at = plain_path(&tokens, at, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads `a::b::c` or `m!` outside of a `use`. A name alone is a variable, a field or something of this very file.
fn plain_path(tokens: &[String], start: usize, found: &mut Vec<Names>) -> usize {
    let mut path = vec![tokens[start].clone()];
    let mut at = start + 1;
    while at + 1 < tokens.len() && tokens[at] == "::" && is_name(&tokens[at + 1]) {
        path.push(tokens[at + 1].clone());
        at += 2;
    }
    let is_macro =
        tokens.get(at).is_some_and(|token| token == "!") && tokens.get(at + 1).is_some_and(|next| next != "=");
    if is_macro {
        path.last_mut().unwrap().push('!');
    }
    if path.len() > 1 || is_macro {
        found.push(path);
    }
    at
}

/// Reads one branch of a `use` tree and returns where it ends: behind its last token.
fn use_tree(tokens: &[String], start: usize, before: &[String], found: &mut Vec<Names>) -> usize {
    let mut path = before.to_vec();
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = use_tree(tokens, at, &path, found);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            "as" => at += 2,
            "," | "}" | ";" => break,
            "self" if !path.is_empty() => at += 1,
            token => {
                path.extend((token != "::").then(|| token.to_owned()));
                at += 1;
            }
        }
    }
    found.push(path);
    at
}

/// Names, `::` and single characters.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if is_part(c) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Leaves out the items behind `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().zip(attribute).filter(|(token, wanted)| token == wanted).count() == attribute.len() {
            at = end_of_item(tokens, at + attribute.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// One past the `;` or the `}` that ends an item.
fn end_of_item(tokens: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(token.as_str(), ";" | "}") {
            return at + 1;
        }
    }
    tokens.len()
}

/// The text with comments and the insides of literals gone.
fn blank_literals(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_after_name = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = match literal(rest, is_after_name) {
            Some(length) => {
                out.push(' ');
                length
            }
            None => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// How long the comment or literal is that starts here, if one does.
fn literal(text: &str, is_after_name: bool) -> Option<usize> {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    match text.as_bytes() {
        [b'/', b'/', ..] => Some(text.find('\n').unwrap_or(text.len())),
        [b'/', b'*', ..] => Some(until("*/", 2)),
        [b'"', ..] => Some(quoted(text, '"')),
        [b'\'', b'\\', ..] => Some(quoted(text, '\'')),
        [b'\'', ..] if text.chars().nth(2) == Some('\'') => Some(quoted(text, '\'')),
        [b'r', b'"' | b'#', ..] if !is_after_name => raw(text, 1),
        [b'b', b'r', b'"' | b'#', ..] if !is_after_name => raw(text, 2),
        _ => None,
    }
}

fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A raw string, unless it is a raw identifier (`r#type`).
fn raw(text: &str, prefix: usize) -> Option<usize> {
    let hashes = text[prefix..].bytes().take_while(|byte| *byte == b'#').count();
    let inside = prefix + hashes + 1;
    text[inside - 1..].starts_with('"').then(|| {
        let end = format!("\"{}", "#".repeat(hashes));
        text[inside..].find(&end).map_or(text.len(), |at| inside + at + end.len())
    })
}
