namespace Postern.Protocols.Ldap;

/// <summary>What is said in LDAP here: results, the root DSE, StartTLS.</summary>
internal static class LdapWords
{
    private const int MaxMessage = 2048;

    /// <summary>LDAPResult (RFC 4511 §4.1.9) as the answer to a request; nobody's DN is named.</summary>
    public static void WriteResult(int id, byte answer, int code, scoped ReadOnlySpan<byte> diagnostic, ref ByteWriter output)
    {
        Span<byte> room = stackalloc byte[MaxMessage];
        var result = new ByteWriter(room);
        WriteLdapResult(code, diagnostic, ref result);
        WriteMessage(id, answer, result.Written, ref output);
    }

    /// <summary>§4.4.1: number 0, and the reason.</summary>
    public static void WriteNotice(int code, scoped ReadOnlySpan<byte> diagnostic, ref ByteWriter output)
    {
        Span<byte> room = stackalloc byte[MaxMessage];
        var result = new ByteWriter(room);
        WriteLdapResult(code, diagnostic, ref result);
        Ber.Write(LdapOperation.ResponseName, LdapOperation.NoticeOfDisconnection, ref result);
        WriteMessage(0, LdapOperation.ExtendedResponse, result.Written, ref output);
    }

    public static void WriteStartTls(int id, ref ByteWriter output)
    {
        Span<byte> room = stackalloc byte[64];
        var request = new ByteWriter(room);
        Ber.Write(LdapOperation.RequestName, LdapOperation.StartTls, ref request);
        WriteMessage(id, LdapOperation.ExtendedRequest, request.Written, ref output);
    }

    /// <summary>RFC 4512 §5.1: what a client may know before TLS, and that is how to come to it.</summary>
    public static void WriteRootDse(int id, ref ByteWriter output)
    {
        Span<byte> room = stackalloc byte[256];
        var attributes = new ByteWriter(room);
        WriteAttribute("supportedExtension"u8, LdapOperation.StartTls, ref attributes);
        WriteAttribute("supportedLDAPVersion"u8, "3"u8, ref attributes);

        Span<byte> entryRoom = stackalloc byte[256];
        var entry = new ByteWriter(entryRoom);
        Ber.Write(Ber.OctetString, [], ref entry);
        Ber.Write(Ber.Sequence, attributes.Written, ref entry);
        WriteMessage(id, LdapOperation.SearchEntry, entry.Written, ref output);
        WriteResult(id, LdapOperation.SearchDone, LdapOperation.Success, [], ref output);
    }

    private static void WriteAttribute(scoped ReadOnlySpan<byte> type, scoped ReadOnlySpan<byte> value, ref ByteWriter output)
    {
        Span<byte> valueRoom = stackalloc byte[64];
        var values = new ByteWriter(valueRoom);
        Ber.Write(Ber.OctetString, value, ref values);
        Span<byte> room = stackalloc byte[128];
        var attribute = new ByteWriter(room);
        Ber.Write(Ber.OctetString, type, ref attribute);
        Ber.Write(Ber.Set, values.Written, ref attribute);
        Ber.Write(Ber.Sequence, attribute.Written, ref output);
    }

    private static void WriteLdapResult(int code, scoped ReadOnlySpan<byte> diagnostic, ref ByteWriter output)
    {
        Ber.WriteNumber(Ber.Enumerated, code, ref output);
        Ber.Write(Ber.OctetString, [], ref output);
        Ber.Write(Ber.OctetString, diagnostic, ref output);
    }

    private static void WriteMessage(int id, byte operation, scoped ReadOnlySpan<byte> content, ref ByteWriter output)
    {
        Span<byte> room = stackalloc byte[MaxMessage];
        var message = new ByteWriter(room);
        Ber.WriteNumber(Ber.Integer, id, ref message);
        Ber.Write(operation, content, ref message);
        Ber.Write(Ber.Sequence, message.Written, ref output);
    }
}
