//! Integration tests: one binary, so that there is one link.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod support;
