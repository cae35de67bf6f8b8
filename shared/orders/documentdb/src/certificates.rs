//! The certificates that DocumentDB's own are checked against.

use std::io::{self, Write as _};
use tempfile::{Builder, TempPath};

/// The root certificates of Amazon RDS, which sign DocumentDB's too, of all commercial regions
/// (docs/aws.md says where they come from and how they are renewed). They travel in the binary, so
/// that whatever is deployed has them.
const RDS_ROOTS: &str = include_str!("../certificates/rds-global-bundle.pem");

/// Writes them where the driver can read them: it takes a path, and reads it again for each server
/// that it finds. The file is for this process alone and goes when the path is dropped.
pub(crate) fn rds_roots() -> io::Result<TempPath> {
    let mut file = Builder::new().prefix("rds-").suffix(".pem").tempfile()?;
    file.write_all(RDS_ROOTS.as_bytes())?;
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_has_three_roots_a_region() {
        let begun = RDS_ROOTS.matches("-----BEGIN CERTIFICATE-----").count();
        let ended = RDS_ROOTS.matches("-----END CERTIFICATE-----").count();
        assert_eq!(begun, ended);
        assert!(begun >= 3 * 27, "RSA 2048, RSA 4096 and ECC 384 of each: {begun}");
    }

    #[test]
    fn the_file_goes_with_its_path() {
        let path = rds_roots().expect("a file");
        let file = path.to_path_buf();
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), RDS_ROOTS);
        drop(path);
        assert!(!file.exists());
    }
}
