//! Conditional updates.

use crate::unavailable;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use kernel::PortError;

/// Returns `true` when a conditional update was made, and `false` when its condition failed.
///
/// # Errors
///
/// [`PortError::Unavailable`] when the call failed. The update may have been made.
pub fn is_updated(response: Result<UpdateItemOutput, SdkError<UpdateItemError>>) -> Result<bool, PortError> {
    match response {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(unavailable(DisplayErrorContext(error).to_string())),
        },
    }
}
