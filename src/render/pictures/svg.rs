//! SVG files: drawings where they are plain shapes, else pixels.

use std::fmt::Write;

use resvg::tiny_skia::{PathSegment, Pixmap, Transform};
use resvg::usvg::{
    BlendMode, FillRule, Group, LineCap, LineJoin, Node, Options, Paint, PaintOrder, Path, Stroke, Tree,
};

use super::{Data, Picture, Problem, deflate, raster, refuse};

/// The longer side of a drawing that becomes pixels: 60 mm at 500 dots an inch.
const PIXELS: f32 = 1200.0;

/// Whether a file looks like SVG.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(1024)).unwrap_or_default());
    let start = start.trim_start_matches('\u{FEFF}').trim_start();
    start.starts_with('<') && (start.contains("<svg") || start.contains(":svg"))
}

pub(super) fn svg(bytes: &[u8]) -> Result<Picture, Problem> {
    let text = String::from_utf8_lossy(bytes);
    // Neither fonts nor files beside it are there when a document is drawn, and leaving words out
    // without a word is not an option.
    if ["<text", ":text"].iter().any(|t| text.contains(t)) {
        return Err(refuse("the SVG file has text in it", "Convert the text to paths and save it again"));
    }
    if ["<image", ":image", "<foreignObject"].iter().any(|t| text.contains(t)) {
        return Err(refuse("the SVG file has pictures in it", "Save the logo as a PNG file"));
    }
    let tree = Tree::from_data(bytes, &Options::default())
        .map_err(|why| refuse(format!("the SVG file is damaged ({why})"), "Save it again as a PNG file"))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let mut operators = format!("{} 0 0 {} 0 1 cm\n", number(1.0 / width), number(-1.0 / height));
    if draw(tree.root(), &mut operators).is_none() {
        return pixels(&tree);
    }
    // Whole numbers for the shape of the place it takes.
    let scale = PIXELS / width.max(height);
    Ok(Picture {
        width: (width * scale).round().max(1.0) as u32,
        height: (height * scale).round().max(1.0) as u32,
        data: Data::Drawing { operators: deflate(operators.as_bytes())?.into() },
    })
}

/// Adds the operators for a group; nothing when it has what plain operators cannot draw.
fn draw(group: &Group, into: &mut String) -> Option<()> {
    let plain = group.opacity().get() >= 1.0
        && group.blend_mode() == BlendMode::Normal
        && group.clip_path().is_none()
        && group.mask().is_none()
        && group.filters().is_empty();
    if !plain {
        return None;
    }
    for node in group.children() {
        match node {
            Node::Group(group) => draw(group, into)?,
            Node::Path(path) if path.is_visible() => shape(path, into)?,
            Node::Path(_) => {}
            Node::Image(_) | Node::Text(_) => return None,
        }
    }
    Some(())
}

fn shape(path: &Path, into: &mut String) -> Option<()> {
    let at = path.abs_transform();
    let matrix = [at.sx, at.ky, at.kx, at.sy, at.tx, at.ty].map(number).join(" ");
    let outline = outline(path);
    let mut parts = Vec::new();
    if let Some(fill) = path.fill() {
        let Paint::Color(colour) = fill.paint() else { return None };
        if fill.opacity().get() < 1.0 {
            return None;
        }
        let operator = if fill.rule() == FillRule::EvenOdd { "f*" } else { "f" };
        parts.push(format!("{} rg\n{outline}{operator}\n", rgb(*colour)));
    }
    if let Some(stroke) = path.stroke() {
        parts.push(format!("{}{outline}S\n", pen(stroke)?));
    }
    if path.paint_order() == PaintOrder::StrokeAndFill {
        parts.reverse();
    }
    // A String takes everything.
    let _ = write!(into, "q {matrix} cm\n{}Q\n", parts.concat());
    Some(())
}

fn rgb(colour: resvg::usvg::Color) -> String {
    [colour.red, colour.green, colour.blue].map(|c| number(f32::from(c) / 255.0)).join(" ")
}

/// The operators that set the pen.
fn pen(stroke: &Stroke) -> Option<String> {
    let Paint::Color(colour) = stroke.paint() else { return None };
    if stroke.opacity().get() < 1.0 {
        return None;
    }
    let cap = match stroke.linecap() {
        LineCap::Butt => 0,
        LineCap::Round => 1,
        LineCap::Square => 2,
    };
    let join = match stroke.linejoin() {
        LineJoin::Miter | LineJoin::MiterClip => 0,
        LineJoin::Round => 1,
        LineJoin::Bevel => 2,
    };
    let dashes: Vec<String> = stroke.dasharray().unwrap_or_default().iter().map(|d| number(*d)).collect();
    Some(format!(
        "{} RG {} w {cap} J {join} j {} M [{}] {} d\n",
        rgb(*colour),
        number(stroke.width().get()),
        number(stroke.miterlimit().get()),
        dashes.join(" "),
        number(stroke.dashoffset()),
    ))
}

fn outline(path: &Path) -> String {
    let mut text = String::new();
    let mut last = (0.0, 0.0);
    for segment in path.data().segments() {
        let line = match segment {
            PathSegment::MoveTo(p) => {
                last = (p.x, p.y);
                format!("{} {} m", number(p.x), number(p.y))
            }
            PathSegment::LineTo(p) => {
                last = (p.x, p.y);
                format!("{} {} l", number(p.x), number(p.y))
            }
            PathSegment::QuadTo(c, p) => {
                // PDF has only cubic curves: the same curve of degree three.
                let third = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
                let points =
                    [third(last.0, c.x), third(last.1, c.y), third(p.x, c.x), third(p.y, c.y), p.x, p.y];
                last = (p.x, p.y);
                format!("{} c", points.map(number).join(" "))
            }
            PathSegment::CubicTo(a, b, p) => {
                last = (p.x, p.y);
                format!("{} c", [a.x, a.y, b.x, b.y, p.x, p.y].map(number).join(" "))
            }
            PathSegment::Close => "h".to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A number as PDF writes it: no exponent, no more digits than a page shows.
fn number(value: f32) -> String {
    let text = format!("{value:.5}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The drawing as pixels.
fn pixels(tree: &Tree) -> Result<Picture, Problem> {
    let size = tree.size();
    let scale = PIXELS / size.width().max(size.height());
    let side = |length: f32| (length * scale).round().clamp(1.0, PIXELS) as u32;
    let (width, height) = (side(size.width()), side(size.height()));
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| refuse("the SVG file has no size", "Save it again as a PNG file"))?;
    resvg::render(tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let pixels = pixmap.pixels().iter().map(|pixel| {
        let colour = pixel.demultiply();
        raster::on_white([colour.red(), colour.green(), colour.blue()], colour.alpha())
    });
    raster::flat((width, height), &pixels.collect::<Vec<_>>())
}
