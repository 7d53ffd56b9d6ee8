using CsCheck;
using Postern.Cli.Output;

namespace Postern.Cli.Tests;

public sealed class PeerTextTests
{
    [Theory]
    [InlineData("220 ready", "220 ready")]
    [InlineData("a\r\n\tb\\", "a\\r\\n\\tb\\\\")]
    [InlineData("\x1b[31m\x7f\0", "\\x1B[31m\\x7F\\x00")]
    [InlineData("\u00e9", "\\xE9")]
    public void Bytes_of_a_peer_are_shown_as_what_they_are(string latin1, string shown) =>
        Assert.Equal(shown, PeerText.Escape(System.Text.Encoding.Latin1.GetBytes(latin1)));

    [Fact]
    public void Whatever_a_peer_says_is_printable_and_bounded() => Gen.Byte.Array[0, 1200].Sample(bytes =>
    {
        string shown = PeerText.Escape(bytes);
        return shown.Length <= (4 * PeerText.MaxShown) + 1 && shown.TrimEnd('…').All(character => character is >= ' ' and <= '~');
    });

    [Fact]
    public void Whatever_a_text_holds_no_control_character_comes_through() =>
        Gen.String.Sample(text => !PeerText.Escape(text).Any(char.IsControl));
}
