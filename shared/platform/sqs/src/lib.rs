//! Dead letters in SQS: events that the bus rejected time and again, with the reason.

mod dead_letters;

pub use dead_letters::SqsDeadLetters;
