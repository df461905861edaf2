//! Pages as pictures, for screens.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use super::error::RenderError;

/// The finest picture of a page, in dots an inch.
pub const MOST_DPI: u32 = 300;
/// The longest side of a picture.
const MOST_PIXELS: f32 = 30_000.0;

/// A PDF file whose pages can be looked at.
pub struct Preview {
    file: Pdf,
}

impl Preview {
    /// Opens a file that [`pdf`](super::pdf) made.
    ///
    /// # Errors
    /// When it is no PDF file.
    pub fn open(file: Vec<u8>) -> Result<Self, RenderError> {
        let file = Pdf::new(Arc::new(file))
            .map_err(|why| RenderError::Internal(format!("the file cannot be shown: {why:?}")))?;
        Ok(Self { file })
    }

    /// How many pages it has.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.file.pages().len()
    }

    /// A page as a PNG file; nothing when there is no such page.
    ///
    /// # Units
    /// `page` counts from 1; `dpi` is in dots an inch, at most [`MOST_DPI`]; a very long receipt is made
    /// coarser, so that it stays a picture programs can open.
    ///
    /// # Errors
    /// When the picture cannot be written.
    pub fn png(&self, page: usize, dpi: u32) -> Result<Option<Vec<u8>>, RenderError> {
        let Some(page) = page.checked_sub(1).and_then(|i| self.file.pages().get(i)) else {
            return Ok(None);
        };
        let (width, height) = page.render_dimensions();
        let wanted = dpi.clamp(1, MOST_DPI) as f32 / 72.0;
        let scale = wanted.min(MOST_PIXELS / width.max(height).max(1.0));
        let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let settings = InterpreterSettings::default();
        let picture = render(page, &RenderCache::new(), &settings, &RenderSettings::default(), &size);
        picture
            .into_png()
            .map(Some)
            .map_err(|why| RenderError::Internal(format!("the picture cannot be written: {why}")))
    }
}
