using System.Runtime.InteropServices;

namespace Postern.Protocols.Ldap;

internal enum LdapStatus
{
    NeedInput,
    Message,
    TooLong,
    Garbage,
}

/// <summary>LDAPMessage (RFC 4511 §4.1.1): a number, an operation, controls that nobody looks at here.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct LdapMessage
{
    /// <summary>Before TLS there is a StartTLS request of 31 bytes, and perhaps a search of the root DSE.</summary>
    public const int MaxLength = 8 * 1024;

    private const byte Controls = 0xa0;

    public LdapStatus Status { get; private init; }

    /// <summary>Bytes of the whole message.</summary>
    public int Length { get; private init; }

    public int Id { get; private init; }

    /// <summary>The tag of the operation (<see cref="LdapOperation"/>).</summary>
    public byte Operation { get; private init; }

    public ReadOnlySpan<byte> Content { get; private init; }

    public static LdapMessage Read(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return default;
        if (input[0] != Ber.Sequence)
            return new LdapMessage { Status = LdapStatus.Garbage };
        if (!Ber.TryHeader(input, out int header, out int content, out bool wrong))
            return new LdapMessage { Status = wrong ? LdapStatus.Garbage : LdapStatus.NeedInput };
        if (content > MaxLength)
            return new LdapMessage { Status = LdapStatus.TooLong };
        if (input.Length < header + content)
            return default;

        var parts = new Ber(input.Slice(header, content));
        if (!parts.TryTakeNumber(Ber.Integer, out int id) || id < 0)
            return new LdapMessage { Status = LdapStatus.Garbage };

        byte operation = parts.NextTag;
        if (!parts.TryTake(operation, out ReadOnlySpan<byte> body) || (!parts.IsEmpty && (!parts.TryTake(Controls, out _) || !parts.IsEmpty)))
            return new LdapMessage { Status = LdapStatus.Garbage };

        return new LdapMessage { Status = LdapStatus.Message, Length = header + content, Id = id, Operation = operation, Content = body };
    }
}
