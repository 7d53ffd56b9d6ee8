namespace Postern.Configuration.Reading;

/// <summary>A private key that stands where the name of its file belongs. It must not come back in a message, which is logged.</summary>
internal static class KeyInPlace
{
    public const string Wrong = "a key or certificate stands here itself: write it into a file of its own, and the name of that file here";

    /// <summary>In Base64, the smallest key that Postern knows (Ed25519) has more.</summary>
    private const int LeastLetters = 40;

    /// <summary>Every key is a SEQUENCE (X.690 §8.9), which a path in Base64's letters would have to be by chance.</summary>
    private const byte Sequence = 0x30;

    public static bool Is(string value)
    {
        if (value.Contains("-----BEGIN", StringComparison.Ordinal))
            return true;
        string text = string.Concat(value.Where(letter => !char.IsWhiteSpace(letter)));
        int whole = text.Length / 4 * 4;
        Span<byte> bytes = new byte[whole];
        return text.Length >= LeastLetters && Convert.TryFromBase64String(text[..whole], bytes, out int count) && count > 0 && bytes[0] == Sequence;
    }
}
