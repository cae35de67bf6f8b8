//! Movements.

use crate::{Unreadable, read, to_text, unreadable};
use catalog_domain::{
    Adjustment, CompareAndSet, Movement, MovementReason, ProductKey, ProductSku, StockChange, UnitDelta,
    Units,
};
use kernel::Tenant;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// Movement in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Movement))]
pub struct MovementJson {
    /// UUID of version 7 (RFC 9562); ids sort by time.
    movement_id: String,
    /// Stock keeping unit.
    sku: String,
    /// Change of the available units.
    delta: i64,
    /// Number of available units that was set; absent for a change by a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    set: Option<i64>,
    /// Reason.
    reason: String,
    /// Time of the movement (RFC 3339, in UTC).
    created_at: String,
}

impl From<&Movement> for MovementJson {
    fn from(movement: &Movement) -> Self {
        let set = match movement.request.change {
            StockChange::Delta(_) => None,
            StockChange::Set(set) => Some(set.to()),
        };
        Self {
            movement_id: movement.id.to_string(),
            sku: movement.product.sku.to_string(),
            delta: movement.request.change.delta().get(),
            set,
            reason: movement.request.reason.to_string(),
            created_at: movement.at.to_string(),
        }
    }
}

/// Writes a movement as JSON text.
#[must_use]
pub fn movement_to_json(movement: &Movement) -> String {
    to_text(&MovementJson::from(movement))
}

/// Reads a movement of `tenant` from the text of [`movement_to_json`].
///
/// # Errors
///
/// [`Unreadable`] when the text is not JSON, or not a valid movement. It omits the values.
pub fn movement_from_json(text: &str, tenant: Tenant) -> Result<Movement, Unreadable> {
    const KIND: &str = "movement";
    let invalid = |error: &dyn Display| unreadable(KIND, error);
    let json: MovementJson =
        serde_json::from_str(text).map_err(|error| unreadable(KIND, format!("line {}", error.line())))?;
    let change = match json.set {
        None => StockChange::Delta(UnitDelta::try_from(json.delta).map_err(|error| invalid(&error))?),
        Some(to) => {
            let if_available = to.checked_sub(json.delta).ok_or_else(|| invalid(&"out of bounds"))?;
            let to = Units::try_from(to).map_err(|error| invalid(&error))?;
            StockChange::Set(CompareAndSet::new(to, if_available).map_err(|error| invalid(&error))?)
        }
    };
    Ok(Movement {
        id: read(KIND, &json.movement_id)?,
        product: ProductKey { tenant, sku: ProductSku::restore(&json.sku).map_err(|error| invalid(&error))? },
        request: Adjustment {
            change,
            reason: MovementReason::restore(&json.reason).map_err(|error| invalid(&error))?,
        },
        at: read(KIND, &json.created_at)?,
    })
}
