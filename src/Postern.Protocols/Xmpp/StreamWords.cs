namespace Postern.Protocols.Xmpp;

/// <summary>What is said on a stream before TLS, by either side.</summary>
internal static class StreamWords
{
    /// <summary>The XML declaration and the stream's opening tag (RFC 6120 §4.7).</summary>
    /// <param name="content"><c>jabber:client</c> or <c>jabber:server</c>.</param>
    /// <param name="from">Who speaks; null where that is not said.</param>
    /// <param name="to">To whom; null where that is not known.</param>
    /// <param name="id">The stream's; null in the header of who opens it.</param>
    /// <param name="output">Where to.</param>
    public static void WriteHeader(string content, string? from, string? to, string? id, ref ByteWriter output)
    {
        output.Write("<?xml version='1.0'?><stream:stream xmlns='"u8);
        output.WriteText(content);
        output.Write("' xmlns:stream='http://etherx.jabber.org/streams'"u8);
        WriteAttribute(" id='"u8, id, ref output);
        WriteAttribute(" from='"u8, from, ref output);
        WriteAttribute(" to='"u8, to, ref output);
        output.Write(" version='1.0' xml:lang='en'>"u8);
    }

    /// <summary>A stream error, and the end of the stream that always follows it (RFC 6120 §4.9.1.1).</summary>
    /// <param name="condition">One of RFC 6120 §4.9.3.</param>
    /// <param name="text">In words of ours, for a person; may be empty.</param>
    /// <param name="output">Where to.</param>
    public static void WriteError(string condition, scoped ReadOnlySpan<byte> text, ref ByteWriter output)
    {
        output.Write("<stream:error><"u8);
        output.WriteText(condition);
        output.Write(" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"u8);
        if (!text.IsEmpty)
        {
            output.Write("<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>"u8);
            XmlText.Write(text, ref output);
            output.Write("</text>"u8);
        }

        output.Write("</stream:error></stream:stream>"u8);
    }

    private static void WriteAttribute(ReadOnlySpan<byte> name, string? value, ref ByteWriter output)
    {
        if (value is null)
            return;
        output.Write(name);
        XmlText.Write(value, ref output);
        output.Write((byte)'\'');
    }
}
