using System.Globalization;
using System.Net;
using System.Text;

namespace TaskRunner.Bench.Report;

/// <summary>A bar for each system, on one scale, readable on light and dark pages.</summary>
internal static class SvgChart
{
    private const int Width = 720;
    private const int Left = 120;
    private const int Right = 110;
    private const int Top = 52;
    private const int BarHeight = 26;
    private const int Step = 40;

    /// <summary>Writes one chart.</summary>
    /// <param name="title">What is shown, with its unit.</param>
    /// <param name="bars">Name, median, least and most.</param>
    public static string Write(string title, IReadOnlyList<(string Name, double Median, double Least, double Most)> bars)
    {
        var height = Top + (bars.Count * Step) + 8;
        var largest = bars.Max(b => b.Most);
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" role=\"img\" aria-label=\"{Escape(title)}\" font-family=\"system-ui, sans-serif\" font-size=\"14\">");
        Add(svg, $"<rect width=\"{Width}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\" stroke=\"#d0d7de\"/>");
        Add(svg, $"<text x=\"16\" y=\"30\" font-size=\"16\" font-weight=\"600\" fill=\"#1f2328\">{Escape(title)}</text>");
        for (var i = 0; i < bars.Count; i++)
        {
            Bar(svg, bars[i], Top + (i * Step), largest, i == 0 ? "#2f6feb" : "#9aa4b2");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Bar(StringBuilder svg, (string Name, double Median, double Least, double Most) bar, int y, double largest, string colour)
    {
        var middle = y + (BarHeight / 2);
        Add(svg, $"<text x=\"{Left - 10}\" y=\"{middle + 5}\" text-anchor=\"end\" fill=\"#1f2328\">{Escape(bar.Name)}</text>");
        Add(svg, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{Length(bar.Median, largest):0.0}\" height=\"{BarHeight}\" rx=\"3\" fill=\"{colour}\"/>");
        if (bar.Most > bar.Least)
        {
            // The range of the rounds, as a thin line across the end of the bar.
            Add(svg, $"<path d=\"M{Left + Length(bar.Least, largest):0.0} {middle}H{Left + Length(bar.Most, largest):0.0}\" stroke=\"#1f2328\" stroke-width=\"2\"/>");
        }

        Add(svg, $"<text x=\"{Left + Length(bar.Most, largest) + 8:0.0}\" y=\"{middle + 5}\" fill=\"#1f2328\">{MarkdownReport.Number(bar.Median)}</text>");
    }

    private static double Length(double value, double largest) => Math.Max(1, value / largest * (Width - Left - Right));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Add(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
