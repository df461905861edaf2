//! `gallery`: the demo documents as files to look at.

use std::path::PathBuf;

use clap::Args;

use super::document::write_pictures;
use super::{Context, put_file};
use crate::app::{Error, Kind, render_alone};
use crate::domain::document::Paper;
use crate::wire::{DocumentFile, parse};

/// The demo documents, by name.
const DOCUMENTS: &[(&str, &[u8])] = &[
    ("invoice", include_bytes!("../../assets/demo/invoice.json")),
    ("invoice-letter", include_bytes!("../../assets/demo/invoice-letter.json")),
    ("invoice-long", include_bytes!("../../assets/demo/invoice-long.json")),
    ("invoice-swiss", include_bytes!("../../assets/demo/invoice-swiss.json")),
    ("credit-note", include_bytes!("../../assets/demo/credit-note.json")),
    ("receipt", include_bytes!("../../assets/demo/receipt.json")),
    ("receipt-narrow", include_bytes!("../../assets/demo/receipt-narrow.json")),
    ("job-card", include_bytes!("../../assets/demo/job-card.json")),
    ("job-card-car", include_bytes!("../../assets/demo/job-card-car.json")),
    ("offer", include_bytes!("../../assets/demo/offer.json")),
    ("sales-order", include_bytes!("../../assets/demo/sales-order.json")),
    ("purchase-order", include_bytes!("../../assets/demo/purchase-order.json")),
    ("delivery-note", include_bytes!("../../assets/demo/delivery-note.json")),
    ("report", include_bytes!("../../assets/demo/report.json")),
    ("notification", include_bytes!("../../assets/demo/notification.json")),
];

#[derive(Debug, Args)]
pub(super) struct Gallery {
    /// The folder; created where needed. Files of the same name are overwritten.
    folder: PathBuf,
    /// Also each document in every language and, in its own language, on every paper.
    #[arg(long)]
    every: bool,
    /// Write the pages as pictures too.
    #[arg(long)]
    png: bool,
    /// How fine the pictures are, in dots an inch.
    #[arg(long, value_name = "N", default_value_t = 110, value_parser = clap::value_parser!(u32).range(36..=300))]
    dpi: u32,
}

impl Gallery {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let wrong = |e: std::io::Error| {
            Error::new(Kind::BadInput, format!("{} cannot be written: {e}.", self.folder.display()))
        };
        std::fs::create_dir_all(&self.folder).map_err(wrong)?;
        let mut written = Vec::new();
        for (name, bytes) in DOCUMENTS {
            let file: DocumentFile = parse(bytes)?;
            written.push(self.draw(context, name, file.clone())?);
            if !self.every {
                continue;
            }
            for language in ["de", "en", "es", "fr", "it", "nl", "pl"] {
                let file = DocumentFile { language: Some(language.to_owned()), ..file.clone() };
                written.push(self.draw(context, &format!("{name}.{language}"), file)?);
            }
            for paper in Paper::ALL {
                let file = DocumentFile { paper: Some(paper.word().to_owned()), ..file.clone() };
                written.push(self.draw(context, &format!("{name}.{}", paper.word()), file)?);
            }
        }
        let shown = serde_json::json!({ "folder": self.folder, "documents": written });
        context.out.show(&shown, || {
            let count = written.len();
            format!("{count} documents in {}", self.folder.display())
        });
        Ok(0)
    }

    fn draw(&self, context: &Context, name: &str, file: DocumentFile) -> Result<String, Error> {
        let drawn = render_alone(file)?;
        let path = self.folder.join(format!("{name}.pdf"));
        put_file(context, &path, &drawn.pdf)?;
        if self.png {
            write_pictures(&drawn.pdf, &path, None, self.dpi)?;
        }
        Ok(name.to_owned())
    }
}
