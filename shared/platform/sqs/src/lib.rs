//! Dead-letter queue of the outbox in SQS.

mod dead_letters;

pub use dead_letters::SqsDeadLetters;
