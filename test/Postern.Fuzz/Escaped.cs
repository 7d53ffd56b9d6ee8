using System.Text;

namespace Postern.Fuzz;

/// <summary>Bytes as text that can be read, as the scripts write them.</summary>
public static class Escaped
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte value in bytes)
        {
            text.Append(value switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\\' => "\\\\",
                0 => "\\0",
                >= 0x20 and <= 0x7e => ((char)value).ToString(),
                _ => $"\\x{value:x2}",
            });
        }

        return text.ToString();
    }
}
