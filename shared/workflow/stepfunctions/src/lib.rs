//! Executions of the workflow in AWS Step Functions. The name of an execution is the id of its order, so that another
//! delivery of the event starts no second one.

use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::DisplayErrorContext;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use kernel::PortError;
use platform_settings::{Environment, InvalidSetting};
use workflow_domain::PlacedOrder;
use workflow_domain::ports::{Executions, Started};

const VARIABLE: &str = "STATE_MACHINE_ARN";

/// State machine.
#[derive(Clone, Debug)]
pub struct StateMachine {
    client: Client,
    arn: String,
    input: fn(&PlacedOrder) -> String,
}

impl StateMachine {
    /// Reads the ARN of the state machine from `STATE_MACHINE_ARN`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or no such ARN.
    pub fn arn(env: &Environment) -> Result<String, InvalidSetting> {
        let arn = env.required(VARIABLE)?;
        if arn.starts_with("arn:") && arn.contains(":stateMachine:") {
            Ok(arn)
        } else {
            Err(InvalidSetting::new(VARIABLE, format!("must be the ARN of a state machine, is {arn:?}")))
        }
    }

    /// Creates a client. `input` returns the input of an execution. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, arn: String, input: fn(&PlacedOrder) -> String) -> Self {
        Self { client: Client::new(config), arn, input }
    }
}

impl Executions for StateMachine {
    async fn start(&self, placed: &PlacedOrder) -> Result<Started, PortError> {
        let call = self.client.start_execution().state_machine_arn(&self.arn);
        let call = call.name(placed.order.id.as_str()).input((self.input)(placed));
        match call.send().await {
            Ok(_) => Ok(Started::New),
            Err(error) => match error.as_service_error() {
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => Ok(Started::AlreadyStarted),
                _ => Err(PortError::Unavailable {
                    dependency: "Step Functions",
                    source: DisplayErrorContext(error).to_string().into(),
                }),
            },
        }
    }
}
