//! The lines of a document as a table.

use rust_decimal::Decimal;

use super::error::RenderError;
use super::labels::Word;
use super::press::Press;
use super::sketch::Piece;
use super::slip;
use super::table::{Align, Column, Row, Table, Wide};
use super::text::clean;
use crate::domain::document::{Line, LineKind};

/// What a table of lines shows.
#[derive(Clone, Copy)]
pub(super) struct Show {
    /// Only lines of this kind; all without one.
    pub(super) kind: Option<LineKind>,
    /// Whether prices and amounts are shown.
    pub(super) prices: bool,
    /// Whether the sum so far is carried over a page end.
    pub(super) carry: bool,
}

impl Show {
    /// All lines with their prices.
    pub(super) const ALL: Self = Self { kind: None, prices: true, carry: true };
}

/// The table of lines. Tables of some of the lines have the columns of the table of all.
pub(super) fn table(press: &Press<'_>, show: Show) -> Result<Vec<Piece>, RenderError> {
    if press.sheet.is_roll() {
        return slip::lines(press, show);
    }
    let content = &press.document.content;
    let language = &press.language;
    let discounts = content.lines.iter().any(|l| !l.discount_percent.is_zero());
    let units = content.lines.iter().any(|l| !l.unit.trim().is_empty());
    let columns = columns(press, show.prices, discounts, units);
    let mut sum = Decimal::ZERO;
    let mut shown = Vec::new();
    let mut others = Vec::new();
    for ((position, line), amount) in (1_usize..).zip(&content.lines).zip(&press.document.totals.lines) {
        let (text, notes) = description(press, line);
        let mut cells = vec![position.to_string(), text, language.number(line.quantity, 0)];
        if units {
            cells.push(clean(line.unit.trim()));
        }
        if show.prices {
            cells.push(language.number(line.unit_price, content.currency.exponent()));
            if discounts {
                cells.push(if line.discount_percent.is_zero() {
                    String::new()
                } else {
                    language.percent(line.discount_percent)
                });
            }
            cells.push(language.tax(line.tax));
            cells.push(language.amount(*amount));
        }
        let carried = (show.prices && show.carry).then(|| language.amount(sum));
        let row = Row { cells, notes, carried };
        if show.kind.is_none_or(|kind| kind == line.kind) {
            sum += *amount;
            shown.push(row);
        } else {
            others.push(row);
        }
    }
    let measured;
    let measured = if others.is_empty() {
        shown.as_slice()
    } else {
        measured = [shown.as_slice(), others.as_slice()].concat();
        measured.as_slice()
    };
    Table { measured, ..Table::plain(press, &columns, &shown) }.pieces(&press.setter)
}

/// What a line is, and in small type below it its number and where a part comes from.
pub(super) fn description(press: &Press<'_>, line: &Line) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    if let Some(number) = &line.item_number {
        notes.push(format!("{} {}", press.word(Word::ItemNumber), clean(number)));
    }
    notes.extend(line.part_state.map(|state| press.language.part_state(state).to_owned()));
    (clean(line.description.trim()), notes)
}

fn columns(press: &Press<'_>, prices: bool, discounts: bool, units: bool) -> Vec<Column> {
    let decimal = Align::Decimal(press.language.decimal());
    let mut columns = vec![
        Column::figures(press.word(Word::ColumnPosition), Align::Right),
        Column::text(press.word(Word::ColumnDescription), Wide::Rest),
        Column::figures(press.word(Word::ColumnQuantity), decimal),
    ];
    if units {
        columns.push(Column::text(press.word(Word::ColumnUnit), Wide::AtMost(48.0)));
    }
    if prices {
        columns.push(Column::figures(press.word(Word::ColumnUnitPrice), decimal));
        if discounts {
            columns.push(Column::figures(press.word(Word::ColumnDiscount), Align::Right));
        }
        columns.push(Column::figures(press.word(Word::ColumnTax), Align::Right));
        let currency = press.document.content.currency.code();
        let head = format!("{} {currency}", press.word(Word::ColumnAmount)).replace(' ', "\u{A0}");
        columns.push(Column::figures(&head, Align::Right));
    }
    columns
}
