//! The environment. It is read here, by [`super::ctx`] and by clap (`PQ_DIR`); nothing below the command line reads it.

use std::ffi::OsString;

use crate::ui::Color;

/// When to colour: `--color` if it decides, else NO_COLOR (<https://no-color.org>), then CLICOLOR_FORCE and CLICOLOR
/// (<https://bixense.com/clicolors>), then whether the terminal is a dumb one.
pub fn color(option: Color, var: impl Fn(&str) -> Option<OsString>) -> Color {
    let is_set = |name| var(name).is_some_and(|value| !value.is_empty());
    let is = |name, value: &str| var(name).is_some_and(|found| found == value);
    if option != Color::Auto {
        option
    } else if is_set("NO_COLOR") {
        Color::Never
    } else if is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
        Color::Always
    } else if is("CLICOLOR", "0") || is("TERM", "dumb") {
        Color::Never
    } else {
        Color::Auto
    }
}

/// Whether a line can be drawn over again: a dumb terminal only ever appends.
pub fn can_redraw(var: impl Fn(&str) -> Option<OsString>) -> bool {
    var("TERM").is_none_or(|term| term != "dumb")
}

/// The editor: `VISUAL`, else `EDITOR`, else `vi`. A variable that is set to nothing is as good as none.
pub fn editor(var: impl Fn(&str) -> Option<OsString>) -> OsString {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(var).find(|value| !value.is_empty());
    named.unwrap_or_else(|| "vi".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(option: Color, vars: &[(&str, &str)]) -> Color {
        color(option, |name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_option_wins_then_the_refusal_then_the_force() {
        assert_eq!(with(Color::Always, &[("NO_COLOR", "1")]), Color::Always);
        assert_eq!(with(Color::Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), Color::Never);
        assert_eq!(with(Color::Auto, &[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]), Color::Always);
        assert_eq!(with(Color::Auto, &[("CLICOLOR_FORCE", "0"), ("TERM", "dumb")]), Color::Never);
        assert_eq!(with(Color::Auto, &[("CLICOLOR", "0")]), Color::Never);
        assert_eq!(with(Color::Auto, &[("TERM", "xterm")]), Color::Auto);
    }

    #[test]
    fn the_visual_editor_is_asked_first() {
        let with = |vars: &'static [(&str, &str)]| {
            editor(|name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert_eq!(with(&[("VISUAL", "code --wait"), ("EDITOR", "ed")]), "code --wait");
        assert_eq!(with(&[("VISUAL", ""), ("EDITOR", "ed")]), "ed");
        assert_eq!(with(&[]), "vi");
    }
}
