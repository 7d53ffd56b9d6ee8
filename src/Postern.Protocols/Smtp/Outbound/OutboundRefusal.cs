namespace Postern.Protocols.Smtp.Outbound;

/// <summary>Why mail does not go, in one line: to a client, whose queue keeps it or gives it back.</summary>
/// <param name="Code">4xx or 5xx, not 421: the session goes on.</param>
/// <param name="Enhanced">RFC 3463: <c>4.7.5</c>.</param>
/// <param name="Text">For people. What a next hop said may be in it; it is written as printable ASCII.</param>
public sealed record OutboundRefusal(int Code, string Enhanced, string Text)
{
    /// <summary>RFC 5321 §4.5.3.1.5: 512 octets with the codes and the CRLF.</summary>
    public const int MaxText = 480;

    public bool IsPermanent => Code >= 500;

    /// <summary>The reply with its CRLF, never more than 512 octets.</summary>
    public void Write(ref ByteWriter output)
    {
        output.WriteNumber(Code);
        output.Write(" "u8);
        output.WriteText(Enhanced);
        output.Write(" "u8);
        foreach (char letter in Text.AsSpan(0, Math.Min(Text.Length, MaxText)))
            output.Write(letter is >= ' ' and <= '~' ? (byte)letter : (byte)'?');
        output.Write("\r\n"u8);
    }

    public override string ToString() => $"{Code} {Enhanced} {Text}";
}
