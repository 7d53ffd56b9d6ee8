using System.Text;
using System.Text.Json;
using CsCheck;
using Postern.Engine.Logging;
using Xunit;

namespace Postern.Engine.Tests;

/// <summary>No text of a peer breaks a log line or reaches a terminal as it was.</summary>
public sealed class LineBuilderTests
{
    [Fact]
    public void Every_value_stays_in_its_line() =>
        Gen.Select(Gen.Enum<LogFormat>(), Gen.String).Sample((format, hostile) =>
        {
            string entry = Entry(format, hostile);
            Assert.True(entry.All(c => c is '\n' or >= ' ' and <= '~'));
            int lines = entry.Count(c => c == '\n');
            Assert.Equal(format == LogFormat.Journal ? (hostile.Length > 0 ? 6 : 5) : 1, lines);
        });

    [Fact]
    public void Json_gives_the_text_back() =>
        Gen.String[0, 200].Where(text => !text.Any(char.IsSurrogate)).Sample(text =>
        {
            using JsonDocument json = JsonDocument.Parse(Entry(LogFormat.Json, text));
            string? back = json.RootElement.TryGetProperty("sni", out JsonElement value) ? value.GetString() : "";
            Assert.Equal(text, back);
        });

    [Theory]
    [InlineData("a\nb", "sni=a\\x0ab")]
    [InlineData("\u001b[31m", "sni=\\x1b[31m")]
    [InlineData("two words", "sni=\"two words\"")]
    [InlineData("say \"hi\"", "sni=\"say \\\"hi\\\"\"")]
    public void The_plain_format_escapes(string value, string expected) =>
        Assert.EndsWith(expected + "\n", Entry(LogFormat.Plain, value), StringComparison.Ordinal);

    /// <summary>journald takes no other name (systemd.journal-fields(7)), and drops the field without a word.</summary>
    [Fact]
    public void Every_name_is_one_that_journald_takes()
    {
        var line = new LineBuilder(LogFormat.Journal);
        line.Begin(6, "connection", "m");
        line.Text("backend-tls", "TLSv1.3");
        line.Number("bytes-in", 1);
        byte[] bytes = new byte[1024];
        string entry = Encoding.ASCII.GetString(bytes, 0, line.End(bytes));

        Assert.Contains("\nPOSTERN_BACKEND_TLS=TLSv1.3\nPOSTERN_BYTES_IN=1\n", entry, StringComparison.Ordinal);
        Assert.All(entry.Split('\n', StringSplitOptions.RemoveEmptyEntries), field => Assert.Matches("^[A-Z][A-Z0-9_]*=", field));
    }

    private static string Entry(LogFormat format, string value)
    {
        var line = new LineBuilder(format);
        line.Begin(6, "connection", "m");
        line.Text("sni", value);
        byte[] bytes = new byte[8192];
        return Encoding.ASCII.GetString(bytes, 0, line.End(bytes));
    }
}
