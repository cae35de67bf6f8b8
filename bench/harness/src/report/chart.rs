//! The chart: a panel a figure, two bars a row, drawn as SVG that follows the reader's colours.

use crate::case::CaseResult;
use crate::figures::Figures;
use crate::report::number::{figure, ratio};
use crate::subject::Implementation;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 150.0;
const LONGEST_BAR: f64 = 420.0;
const BAR: f64 = 12.0;
const ROW: f64 = 2.0 * BAR + 12.0;
const TITLE: f64 = 40.0;

/// Names of colours that are told apart in both, and by those who see fewer.
const STYLE: &str = "<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .quiet { fill: #59636e }
  .paper { fill: #ffffff }
  .rust { fill: #b7410e }
  .twin { fill: #4f8a8b }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .paper { fill: #0d1117 }
    .rust { fill: #f0883e }
    .twin { fill: #5fb3b3 }
  }
</style>
";

/// A figure, and the rows that show it.
struct Panel<'a> {
    title: &'static str,
    unit: &'static str,
    figure: fn(&Figures) -> f64,
    /// Whether the stores make a difference to it that is worth a row each.
    of_all_stores: bool,
    results: &'a [CaseResult],
}

/// The whole chart.
pub(crate) fn chart(results: &[CaseResult]) -> String {
    let panel = |title, unit, of_all_stores, figure| Panel { title, unit, figure, of_all_stores, results };
    let panels = [
        panel("Warm answer, p50", "ms", true, |it| it.latency.p50_ms),
        panel("Cold start, init and first answer, p50", "ms", true, |it| it.cold.p50_ms),
        panel("Until the next poll, p50", "ms", true, |it| it.until_next_poll.p50_ms),
        panel("Init, from exec to the first poll, p50", "ms", false, |it| it.init.p50_ms),
        panel("CPU per warm invocation", "ms", false, |it| it.cpu_ms),
        panel("Peak memory", "MB", false, |it| it.peak_mb),
        panel("Zip of the deployment", "MB", false, |it| it.artifact_mb),
    ];
    let (mut body, mut y) = (String::new(), 40.0);
    for panel in &panels {
        y = panel.draw(&mut body, y);
    }
    let height = y + 10.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Rust functions and their FastAPI twin, measured side by side\">\n{STYLE}\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n{}{body}</svg>\n",
        legend()
    )
}

fn legend() -> String {
    let [rust, twin] = Implementation::BOTH.map(Implementation::name);
    let entry = |x: f64, class: &str, name: &str| {
        let text_x = x + 18.0;
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"16\" width=\"{BAR}\" height=\"{BAR}\" rx=\"2\"/>\
             <text x=\"{text_x}\" y=\"26\">{name}</text>\n"
        )
    };
    entry(20.0, "rust", rust) + &entry(90.0, "twin", twin)
}

impl Panel<'_> {
    /// Draws the panel from `top` on; returns where it ends.
    fn draw(&self, body: &mut String, top: f64) -> f64 {
        let first = self.results.first().map(|result| result.stores.as_str());
        let shown = |result: &&CaseResult| self.of_all_stores || Some(result.stores.as_str()) == first;
        let rows: Vec<_> = self.results.iter().filter(shown).collect();
        let both = |result: &CaseResult| (self.figure)(&result.rust).max((self.figure)(&result.twin));
        let longest = rows.iter().map(|result| both(result)).fold(f64::MIN_POSITIVE, f64::max);
        let title_y = top + 26.0;
        let (title, unit) = (self.title, self.unit);
        let over =
            first.filter(|_| !self.of_all_stores).map_or(String::new(), |it| format!(", stores: {it}"));
        // Writing into a string can't fail.
        let _ = writeln!(
            body,
            "<text class=\"title\" x=\"20\" y=\"{title_y}\">{title} \
             <tspan class=\"quiet\">({unit}{over}, shorter is better)</tspan></text>"
        );
        let mut y = top + TITLE;
        for result in rows {
            self.row(body, y, result, LONGEST_BAR / longest);
            y += ROW;
        }
        y
    }

    fn row(&self, body: &mut String, y: f64, result: &CaseResult, scale: f64) {
        let (rust, twin) = ((self.figure)(&result.rust), (self.figure)(&result.twin));
        let label = if self.of_all_stores {
            format!("{}, {}", result.operation.name(), result.stores)
        } else {
            result.operation.name().to_owned()
        };
        let (label_x, label_y) = (LEFT - 10.0, y + BAR + 4.0);
        let _ = writeln!(body, "<text x=\"{label_x}\" y=\"{label_y}\" text-anchor=\"end\">{label}</text>");
        for (class, value, y) in [("rust", rust, y), ("twin", twin, y + BAR)] {
            let (width, text_y) = ((value * scale).max(1.0), y + BAR - 2.0);
            let (text_x, text) = (LEFT + width + 6.0, figure(value));
            let _ = writeln!(
                body,
                "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\
                 <text class=\"quiet\" x=\"{text_x:.1}\" y=\"{text_y}\">{text}</text>"
            );
        }
        let (ratio_x, ratio) = (WIDTH - 20.0, ratio(rust, twin));
        let _ = writeln!(
            body,
            "<text class=\"title\" x=\"{ratio_x}\" y=\"{label_y}\" text-anchor=\"end\">{ratio}</text>"
        );
    }
}
