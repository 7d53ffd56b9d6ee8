using System.Net;
using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Roles.Resolver.Wire;

/// <summary>What a worker says to the resolver, in the first byte (docs/protocol/resolver.md).</summary>
public enum RequestKind : byte
{
    /// <summary>Where does mail for this domain go? It is answered.</summary>
    Question = 1,

    /// <summary>What came of a host. It is not answered.</summary>
    Tell = 2,

    /// <summary>What must this backend show? It is answered.</summary>
    Backend = 3,

    /// <summary>Which XMPP servers has this domain? It is answered.</summary>
    Service = 4,
}

/// <summary>One address of a backend by its place in the configuration, as the dialer knows it.</summary>
/// <param name="Gate">The gate's place in the snapshot.</param>
/// <param name="Route">−1 is the gate's own backend.</param>
/// <param name="Index">Which of its addresses.</param>
public readonly record struct BackendQuestion(int Gate, int Route, int Index);

/// <summary>A worker's messages. Whatever bytes come, reading them ends in a value.</summary>
public static class ResolverRequest
{
    /// <summary>
    /// No name of the DNS is longer. Domains come from clients; what is no name is asked all the same, cut to one more than there
    /// may be, and the answer says so.
    /// </summary>
    public const int MaxDomain = DnsName.MaxLength + 1;

    /// <summary>Kind, number, flags, and the domain with its length.</summary>
    public const int MaxSize = 1 + sizeof(uint) + 1 + sizeof(ushort) + MaxDomain;

    // What the mail is.
    private const byte Plain = 0;
    private const byte RequireTls = 1;
    private const byte Report = 2;

    private const int V4Length = 4;
    private const int V6Length = 16;

    /// <summary>Its length.</summary>
    public static int Write(uint number, RouteQuestion question, Span<byte> message)
    {
        ArgumentNullException.ThrowIfNull(question);
        var writer = new FieldWriter(message);
        writer.Put((byte)RequestKind.Question);
        writer.Put(number);
        writer.Put(question.RequireTls ? RequireTls : question.IsReport ? Report : Plain);
        writer.Put(question.Domain.Length > MaxDomain ? question.Domain[..MaxDomain] : question.Domain);
        return writer.Length;
    }

    /// <summary>Its length.</summary>
    public static int Write(HopResult result, Span<byte> message)
    {
        ArgumentNullException.ThrowIfNull(result);
        var writer = new FieldWriter(message);
        Span<byte> address = stackalloc byte[V6Length];
        _ = result.Address.TryWriteBytes(address, out int length);
        writer.Put((byte)RequestKind.Tell);
        writer.Put(result.Ticket);
        writer.Put((ushort)result.Host);
        writer.Put(Of(result.Failure));
        writer.Put(Of(result.WatchFailure));
        writer.Put(result.InsideTls ? (byte)1 : (byte)0);
        writer.Put(address[..length]);
        return writer.Length;
    }

    /// <summary>Its length.</summary>
    public static int Write(uint number, BackendQuestion question, Span<byte> message)
    {
        var writer = new FieldWriter(message);
        writer.Put((byte)RequestKind.Backend);
        writer.Put(number);
        writer.Put((ushort)question.Gate);
        writer.Put((ushort)(question.Route + 1));
        writer.Put((ushort)question.Index);
        return writer.Length;
    }

    /// <summary>Its length.</summary>
    /// <param name="number">Of the question.</param>
    /// <param name="domain">As a stream's header has it. What is no name of the DNS is asked as nothing, and the answer says so.</param>
    /// <param name="message">Room for it.</param>
    public static int WriteService(uint number, string domain, Span<byte> message)
    {
        var writer = new FieldWriter(message);
        writer.Put((byte)RequestKind.Service);
        writer.Put(number);
        writer.Put(DnsName.Read(domain)?.Text ?? "");
        return writer.Length;
    }

    /// <summary>0 for what is none of them.</summary>
    public static RequestKind KindOf(ReadOnlySpan<byte> message) =>
        message.IsEmpty || !Enum.IsDefined((RequestKind)message[0]) ? default : (RequestKind)message[0];

    /// <summary>Null when these bytes are no question; the number is read where there is one, so that the answer finds its way.</summary>
    public static RouteQuestion? ReadQuestion(ReadOnlySpan<byte> message, out uint number)
    {
        var reader = new FieldReader(message);
        bool isQuestion = reader.Byte() == (byte)RequestKind.Question;
        number = reader.Number();
        byte what = reader.Byte();
        string domain = reader.Text(MaxDomain);
        return isQuestion && reader.IsWhole && what <= Report ? new RouteQuestion(domain, what == RequireTls) { IsReport = what == Report } : null;
    }

    /// <summary>Null when these bytes are no such question; the number is read where there is one.</summary>
    public static BackendQuestion? ReadBackend(ReadOnlySpan<byte> message, out uint number)
    {
        var reader = new FieldReader(message);
        bool isQuestion = reader.Byte() == (byte)RequestKind.Backend;
        number = reader.Number();
        var question = new BackendQuestion(reader.Word(), reader.Word() - 1, reader.Word());
        return isQuestion && reader.IsWhole ? question : null;
    }

    /// <summary>The domain, which may be no name. Null when these bytes are no such question; the number is read where there is one.</summary>
    public static string? ReadService(ReadOnlySpan<byte> message, out uint number)
    {
        var reader = new FieldReader(message);
        bool isQuestion = reader.Byte() == (byte)RequestKind.Service;
        number = reader.Number();
        string domain = reader.Text(MaxDomain);
        return isQuestion && reader.IsWhole ? domain : null;
    }

    /// <summary>Null when these bytes tell nothing.</summary>
    public static HopResult? ReadTell(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
        bool tells = reader.Byte() == (byte)RequestKind.Tell;
        ulong ticket = reader.Long();
        int host = reader.Word();
        TlsFailure? failure = Failure(ref reader), watch = Failure(ref reader);
        bool insideTls = reader.Flag();
        ReadOnlySpan<byte> address = reader.Rest();
        return tells && reader.IsWhole && address.Length is V4Length or V6Length
            ? new HopResult(ticket, host, new IPAddress(address), failure, watch, insideTls)
            : null;
    }

    private static byte Of(TlsFailure? failure) => failure is { } known ? (byte)((int)known + 1) : (byte)0;

    private static TlsFailure? Failure(ref FieldReader reader)
    {
        int value = reader.Byte();
        if (value == 0)
            return null;
        if (!Enum.IsDefined((TlsFailure)(value - 1)))
            reader.Break();
        return (TlsFailure)(value - 1);
    }
}
