namespace Postern.Protocols.Xmpp;

/// <summary>Takes the attributes of one tag apart, which <see cref="XmlCursor"/> has found well formed.</summary>
internal ref struct XmlAttributes(ReadOnlySpan<byte> written)
{
    private ReadOnlySpan<byte> _rest = written;

    /// <summary>The attribute's name, prefix included.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>What stood between the quotes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        _rest = _rest.TrimStart(" \t\r\n"u8);
        if (_rest.IsEmpty)
            return false;

        int equals = _rest.IndexOf((byte)'=');
        Name = _rest[..equals].TrimEnd(" \t\r\n"u8);
        ReadOnlySpan<byte> quoted = _rest[(equals + 1)..].TrimStart(" \t\r\n"u8);
        int end = quoted[1..].IndexOf(quoted[0]);
        Value = quoted.Slice(1, end);
        _rest = quoted[(end + 2)..];
        return true;
    }
}
