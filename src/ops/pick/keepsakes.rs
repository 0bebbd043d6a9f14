//! What a change keeps when somebody commits it again: its Gerrit id; its author, the second that it was written in, and its title.

use bstr::{BString, ByteSlice};

use crate::format::patchfile::Message;
use crate::format::provenance;
use crate::model::CommitFacts;

/// One of them. Two commits that share one are forms of the same change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Keepsake {
    /// Gerrit's.
    ChangeId(String),
    /// Who wrote it, when, and what it is called.
    Authored {
        /// The author's address.
        address: BString,
        /// Seconds since 1970.
        seconds: i64,
        /// The first line of the message.
        title: BString,
    },
}

/// Those of a patch or of a commit.
pub fn of_message(message: &Message) -> Vec<Keepsake> {
    let title = message.text.lines().next().unwrap_or_default();
    let said = provenance::parse(&message.text);
    let authored = message.author.as_ref().zip(message.date.as_ref());
    let authored = authored.map(|(author, date)| (author.email.clone(), date.seconds));
    keepsakes(said.change_id, authored, title)
}

/// Those of a commit whose facts are known.
pub(super) fn of_facts(facts: &CommitFacts) -> Vec<Keepsake> {
    keepsakes(facts.provenance.change_id.clone(), Some((facts.email.clone(), facts.seconds)), &facts.subject)
}

fn keepsakes(change_id: Option<String>, authored: Option<(BString, i64)>, title: &[u8]) -> Vec<Keepsake> {
    let title = title.trim();
    let authored = authored.filter(|_| !title.is_empty());
    let authored = authored.map(|(address, seconds)| Keepsake::Authored { address, seconds, title: title.into() });
    change_id.map(Keepsake::ChangeId).into_iter().chain(authored).collect()
}
