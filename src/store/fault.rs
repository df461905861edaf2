//! Places at which a test ends the process, to see what it leaves behind.

/// A moment between two steps that must not be taken for one.
///
/// A build with debug assertions ends there, as by `kill -9`, when `TILLPOST_FAULT_POINT` names it:
/// `mark_stands`, or `mark_stands:3` for the third time it is passed. Any other build takes no notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// A number is taken out of its series, in a transaction that is not committed.
    NumberTaken,
    /// A write transaction is about to be committed.
    BeforeCommit,
    /// It is committed, and nobody knows yet.
    AfterCommit,
    /// Files of the outbox folder are claimed.
    FilesClaimed,
    /// A file's mail is queued and the file not moved.
    FileQueued,
    /// What a dead process left stands in the data file, and its notes still lie there.
    TakenUp,
    /// Mails are claimed.
    MailsClaimed,
    /// The mark is noted and not written.
    MarkNoted,
    /// The mark stands and the dot is not noted.
    MarkStands,
    /// The dot is noted and has not left.
    DotNoted,
    /// The server has answered, and it is not noted.
    Answered,
    /// The answer is noted and does not stand in the data file.
    AnswerNoted,
    /// The answer stands in the data file, and the mail is still in hand.
    ResultStands,
    /// A sale is claimed to be posted.
    PostingClaimed,
    /// The mark of a step stands and its request has not left.
    PostingMarked,
    /// The accounting system has answered, and the answer does not stand in the data file.
    PostingAnswered,
    /// It stands there, and the sale is still in hand.
    PostingStepStands,
    /// The data file that a copy is to replace has its second name, and the copy is not in its place.
    OldFileKept,
}

impl FaultPoint {
    /// Those a mail passes on its way from the file that asks for it.
    pub const OF_MAILS: [Self; 13] = [
        Self::NumberTaken,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::FilesClaimed,
        Self::FileQueued,
        Self::TakenUp,
        Self::MailsClaimed,
        Self::MarkNoted,
        Self::MarkStands,
        Self::DotNoted,
        Self::Answered,
        Self::AnswerNoted,
        Self::ResultStands,
    ];
    /// Those a sale passes on its way into the books.
    pub const OF_POSTINGS: [Self; 4] =
        [Self::PostingClaimed, Self::PostingMarked, Self::PostingAnswered, Self::PostingStepStands];

    /// Its name in the environment.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NumberTaken => "number_taken",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::FilesClaimed => "files_claimed",
            Self::FileQueued => "file_queued",
            Self::TakenUp => "taken_up",
            Self::MailsClaimed => "mails_claimed",
            Self::MarkNoted => "mark_noted",
            Self::MarkStands => "mark_stands",
            Self::DotNoted => "dot_noted",
            Self::Answered => "answered",
            Self::AnswerNoted => "answer_noted",
            Self::ResultStands => "result_stands",
            Self::PostingClaimed => "posting_claimed",
            Self::PostingMarked => "posting_marked",
            Self::PostingAnswered => "posting_answered",
            Self::PostingStepStands => "posting_step_stands",
            Self::OldFileKept => "old_file_kept",
        }
    }

    /// Ends the process here where the environment says so.
    #[inline]
    pub fn pass(self) {
        #[cfg(debug_assertions)]
        armed::pass(self.word());
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static ARMED: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();

    fn read() -> Option<(String, AtomicU32)> {
        let text = std::env::var("TILLPOST_FAULT_POINT").ok()?;
        let (word, times) = text.split_once(':').unwrap_or((&text, "1"));
        Some((word.to_owned(), AtomicU32::new(times.parse().ok()?)))
    }

    pub(super) fn pass(word: &str) {
        if let Some((armed, left)) = ARMED.get_or_init(read)
            && armed == word
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            // Nothing is flushed, closed or unlocked by us: as if it were killed.
            std::process::abort();
        }
    }
}
