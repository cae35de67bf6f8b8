//! Root certificates of DocumentDB.

use std::io::{self, Write as _};
use tempfile::{Builder, TempPath};

/// Root certificates of Amazon RDS for all commercial regions, which sign DocumentDB's certificates too.
/// docs/aws.md names their source and explains the renewal. They are part of the binary, so that every
/// deployment has them.
const RDS_ROOTS: &str = include_str!("../certificates/rds-global-bundle.pem");

/// Writes the certificates to a file for the driver, which reads its path again for each server. The
/// file is private to this process and is deleted when the path is dropped.
pub(crate) fn write_rds_roots() -> io::Result<TempPath> {
    let mut file = Builder::new().prefix("rds-").suffix(".pem").tempfile()?;
    file.write_all(RDS_ROOTS.as_bytes())?;
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_has_three_roots_per_region() {
        let begun = RDS_ROOTS.matches("-----BEGIN CERTIFICATE-----").count();
        let ended = RDS_ROOTS.matches("-----END CERTIFICATE-----").count();
        assert_eq!(begun, ended);
        assert!(begun >= 3 * 27, "RSA 2048, RSA 4096 and ECC 384 of each: {begun}");
    }

    #[test]
    fn the_file_is_deleted_with_its_path() {
        let path = write_rds_roots().expect("a file");
        let file = path.to_path_buf();
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), RDS_ROOTS);
        drop(path);
        assert!(!file.exists());
    }
}
