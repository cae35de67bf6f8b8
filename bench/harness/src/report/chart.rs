//! Chart of a comparison: one panel for each figure, two bars for each case.

use crate::compare::CaseResult;
use crate::figures::Figures;
use crate::implementation::Implementation;
use crate::report::number::{figure, ratio};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type DrawResult = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const WIDTH: u32 = 800;
const HEADER_HEIGHT: u32 = 104;
const CAPTION_HEIGHT: u32 = 36;
const ROW_HEIGHT: u32 = 40;
const AXIS_HEIGHT: u32 = 40;
const PANEL_MARGIN: u32 = 24;
const LABEL_WIDTH: u32 = 130;
/// Width of the longest bar with its label, as a multiple of the bar.
const LABEL_ROOM: f64 = 1.25;
const TITLE: &str = "Rust functions and the same API in FastAPI";
const EXPLANATION: &str =
    "Rows: operation, and delay of the stores. Shorter is better. ×: FastAPI as a multiple of Rust.";
const FONT: &str = "system-ui, sans-serif";

const PAPER: RGBColor = RGBColor(255, 255, 255);
const TEXT: RGBColor = RGBColor(31, 35, 40);
const GRID: RGBColor = RGBColor(209, 217, 224);
// Two colours that differ in hue and in brightness, for colour-blind readers.
const RUST: RGBColor = RGBColor(183, 65, 14);
const FASTAPI: RGBColor = RGBColor(79, 138, 139);

/// The same colours, with their replacements in the dark colour scheme.
const DARK: [(RGBColor, &str); 5] =
    [(PAPER, "#0d1117"), (TEXT, "#f0f6fc"), (GRID, "#3d444d"), (RUST, "#f0883e"), (FASTAPI, "#5fb3b3")];

/// Panel of one figure, with a row for each case.
struct Panel<'a> {
    title: String,
    /// Unit of the axis.
    unit: &'static str,
    figure: fn(&Figures) -> f64,
    rows: Vec<(String, &'a CaseResult)>,
}

/// Draws the whole chart as SVG.
pub(crate) fn draw(results: &[CaseResult]) -> Result<String, DrawingAreaErrorKind<std::io::Error>> {
    let panels = panels(results);
    let height = HEADER_HEIGHT + panels.iter().map(Panel::height).sum::<u32>();
    let mut svg = String::new();
    {
        let mut rest = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        rest.fill(&PAPER)?;
        let header;
        (header, rest) = rest.split_vertically(HEADER_HEIGHT);
        draw_header(&header)?;
        for panel in &panels {
            let area;
            (area, rest) = rest.split_vertically(panel.height());
            panel.draw(&area)?;
        }
        rest.present()?;
    }
    Ok(with_style(&svg))
}

fn panels(results: &[CaseResult]) -> Vec<Panel<'_>> {
    let first = results.first().map(|result| result.stores.as_str()).unwrap_or_default();
    let panel = |title: &str, unit, figure| {
        let label = |result: &CaseResult| format!("{}, {}", result.operation.name(), result.stores);
        let rows = results.iter().map(|result| (label(result), result)).collect();
        Panel { title: title.to_owned(), unit, figure, rows }
    };
    // The delay of the stores hardly affects these.
    let of_first = |title: &str, unit, figure| {
        let rows = results.iter().filter(|result| result.stores == first);
        let rows = rows.map(|result| (result.operation.name().to_owned(), result)).collect();
        Panel { title: format!("{title}, stores: {first}"), unit, figure, rows }
    };
    vec![
        panel("Warm response, p50", "milliseconds", |it| it.latency.p50_ms),
        panel("Cold start: init and first response, p50", "milliseconds", |it| it.cold.p50_ms),
        panel("Until the next poll, p50", "milliseconds", |it| it.until_next_poll.p50_ms),
        of_first("Init, from exec to the first poll, p50", "milliseconds", |it| it.init.p50_ms),
        of_first("CPU time per warm invocation", "milliseconds", |it| it.cpu_ms),
        of_first("Peak memory", "megabytes", |it| it.peak_mb),
        of_first("Zip of the deployment", "megabytes", |it| it.artifact_mb),
    ]
}

fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size).into_font().color(&colour)
}

/// Draws title, explanation and legend.
fn draw_header(area: &Area<'_>) -> DrawResult {
    let title = (FONT, 22).into_font().style(FontStyle::Bold).color(&TEXT);
    area.draw(&Text::new(TITLE, (20, 14), title))?;
    area.draw(&Text::new(EXPLANATION, (20, 44), text(16, TEXT)))?;
    let mut x = 20;
    for (implementation, colour) in Implementation::BOTH.into_iter().zip([RUST, FASTAPI]) {
        area.draw(&Rectangle::new([(x, 72), (x + 12, 84)], colour.filled()))?;
        area.draw(&Text::new(implementation.name(), (x + 18, 70), text(16, TEXT)))?;
        x += 96;
    }
    Ok(())
}

impl Panel<'_> {
    fn height(&self) -> u32 {
        let rows = u32::try_from(self.rows.len()).expect("a few rows");
        CAPTION_HEIGHT + rows * ROW_HEIGHT + AXIS_HEIGHT + PANEL_MARGIN
    }

    fn draw(&self, area: &Area<'_>) -> DrawResult {
        let figures = |result: &CaseResult| ((self.figure)(&result.rust), (self.figure)(&result.fastapi));
        let longest =
            self.rows.iter().map(|(_, result)| figures(result)).map(|(rust, fastapi)| rust.max(fastapi));
        let longest = longest.fold(f64::MIN_POSITIVE, f64::max);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let row_count = self.rows.len() as f64;
        let caption = (FONT, 18).into_font().style(FontStyle::Bold).color(&TEXT);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, caption)
            .margin_left(20)
            .margin_right(20)
            .margin_bottom(PANEL_MARGIN)
            .x_label_area_size(AXIS_HEIGHT)
            .y_label_area_size(LABEL_WIDTH)
            .build_cartesian_2d(0.0..longest * LABEL_ROOM, 0.0..row_count)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(text(15, TEXT))
            .x_desc(self.unit)
            .x_label_formatter(&ToString::to_string)
            .y_labels(0)
            .draw()?;
        let mut top = row_count;
        for (label, result) in &self.rows {
            let (rust, fastapi) = figures(result);
            let middle = top - 0.5;
            let label_style = text(16, TEXT).pos(Pos::new(HPos::Right, VPos::Center));
            let label = EmptyElement::at((0.0, middle)) + Text::new(label.clone(), (-8, 0), label_style);
            chart.draw_series([label])?;
            let value_style = text(15, TEXT).pos(Pos::new(HPos::Left, VPos::Center));
            let of_fastapi = format!("{} ({})", figure(fastapi), ratio(rust, fastapi));
            for (value, value_label, colour, bar) in [
                (rust, figure(rust), RUST, (middle, top - 0.15)),
                (fastapi, of_fastapi, FASTAPI, (top - 0.85, middle)),
            ] {
                chart.draw_series([Rectangle::new([(0.0, bar.0), (value, bar.1)], colour.filled())])?;
                let at = (value, f64::midpoint(bar.0, bar.1));
                let value_label = EmptyElement::at(at) + Text::new(value_label, (6, 0), value_style.clone());
                chart.draw_series([value_label])?;
            }
            top -= 1.0;
        }
        Ok(())
    }
}

/// Adds a name for screen readers, and the colours of dark mode. Presentation attributes, such as those of
/// the chart, have lower precedence than a style sheet (SVG 2, section 6.6).
fn with_style(svg: &str) -> String {
    let rule = |(light, dark): &(RGBColor, &str)| {
        let light = format!("#{:02X}{:02X}{:02X}", light.0, light.1, light.2);
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules = DARK.iter().map(rule).collect::<Vec<_>>().concat();
    let style = format!("<title>{TITLE}</title><style>@media(prefers-color-scheme:dark){{{rules}}}</style>");
    svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen('>', &format!(">{style}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Percentiles;
    use crate::operation::Operation;

    fn figures(ms: f64) -> Figures {
        let percentiles = Percentiles { p50_ms: ms, p99_ms: 2.0 * ms };
        Figures {
            init: percentiles,
            first: percentiles,
            cold: percentiles,
            latency: percentiles,
            until_next_poll: percentiles,
            cpu_ms: ms,
            peak_mb: 10.0 * ms,
            artifact_mb: ms,
        }
    }

    #[test]
    fn the_chart_has_title_legend_units_and_figures() {
        let result = |stores: &str| CaseResult {
            operation: Operation::Get,
            stores: stores.into(),
            rust: figures(0.5),
            fastapi: figures(2.0),
        };
        let svg = draw(&[result("0 ms"), result("5 ms")]).expect("a chart");
        for text in
            [TITLE, "Rust", "FastAPI", "milliseconds", "megabytes", "get, 5 ms", "0.500", "2.00 (4.0×)"]
        {
            assert!(svg.contains(text), "{text}");
        }
        // A bar for each row, of three panels with both stores and four with the first, and the legend.
        for (colour, dark) in [(RUST, "#f0883e"), (FASTAPI, "#5fb3b3")] {
            let colour = format!("fill=\"#{:02X}{:02X}{:02X}\"", colour.0, colour.1, colour.2);
            assert_eq!(svg.matches(&format!("{colour} stroke")).count(), 3 * 2 + 4 + 1, "{colour}");
            assert!(svg.contains(&format!("[{colour}]{{fill:{dark}}}")), "{colour}");
        }
    }

    #[test]
    fn a_chart_of_nothing_is_no_error() {
        assert!(draw(&[]).expect("a chart").contains(TITLE));
    }
}
