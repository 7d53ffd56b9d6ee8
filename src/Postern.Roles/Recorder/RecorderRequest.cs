using System.Buffers.Binary;
using System.Text;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Recorder;

/// <summary>What a resolver asks of the recorder.</summary>
public enum RecorderKind : ushort
{
    /// <summary>What is known of a domain? Answered.</summary>
    Find = 1,

    /// <summary>This is known of a domain. Not answered.</summary>
    Keep = 2,

    /// <summary>A session, for the reports. Not answered.</summary>
    Count = 3,

    /// <summary>Nothing is to be known of a domain any more. Answered.</summary>
    Forget = 4,

    /// <summary>Which reports are to be sent now? Answered.</summary>
    Due = 5,

    /// <summary>This report is being sent: what is in it, and who has it already? Answered.</summary>
    Claim = 6,

    /// <summary>This came of a report. Answered.</summary>
    Sent = 7,
}

/// <summary>What came of a request that is answered.</summary>
public enum RecorderOutcome : byte
{
    /// <summary>Here it is; or: it is forgotten, or written down.</summary>
    Known = 0,
    Unknown = 1,

    /// <summary>The file cannot be used now.</summary>
    Away = 2,
}

/// <summary>
/// Messages between a resolver and the recorder, little endian (docs/protocol/recorder.md): a number of the asker's choice, a kind,
/// a body; and the answer, the number, an outcome, a memory.
/// </summary>
public static class RecorderRequest
{
    public const int HeaderSize = 6;

    /// <summary>A session under the longest policy, and how it failed. The kernel takes no message much longer than this (net.core.wmem_default).</summary>
    public const int MaxSize = 200 * 1024;

    public const int AnswerHeaderSize = 5;
    public const int MaxAnswer = AnswerHeaderSize + DomainMemoryText.MaxBytes;

    /// <summary>Between a policy and a failure. JSON on one line has none.</summary>
    private const byte Separator = (byte)'\n';

    public static byte[] Write(uint number, RecorderKind kind, ReadOnlySpan<byte> body)
    {
        byte[] request = new byte[HeaderSize + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(request, number);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(4), (ushort)kind);
        body.CopyTo(request.AsSpan(HeaderSize));
        return request;
    }

    /// <summary>False when these bytes are no request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> request, out uint number, out RecorderKind kind)
    {
        number = 0;
        kind = default;
        if (request.Length is < HeaderSize or > MaxSize)
            return false;
        number = BinaryPrimitives.ReadUInt32LittleEndian(request);
        kind = (RecorderKind)BinaryPrimitives.ReadUInt16LittleEndian(request[4..]);
        return Enum.IsDefined(kind);
    }

    /// <summary>The body of Find and Forget.</summary>
    public static byte[] Body(DnsName domain) => Encoding.ASCII.GetBytes(domain.Text);

    /// <summary>Null for what is no domain.</summary>
    public static DnsName? ReadDomain(ReadOnlySpan<byte> body) =>
        body.Length <= DnsName.MaxLength ? DnsName.Read(Encoding.Latin1.GetString(body)) : null;

    /// <summary>The body of Count.</summary>
    public static byte[] Body(ReportedPolicy policy, SessionFailure? failure) =>
        [.. Encoding.UTF8.GetBytes(SessionText.Write(policy)), Separator, .. Encoding.UTF8.GetBytes(failure is null ? "" : SessionText.Write(failure))];

    /// <summary>False for what is no session.</summary>
    public static bool TryReadSession(ReadOnlySpan<byte> body, out ReportedPolicy? policy, out SessionFailure? failure)
    {
        policy = null;
        failure = null;
        int end = body.IndexOf(Separator);
        if (end < 0)
            return false;
        policy = SessionText.ReadPolicy(Encoding.UTF8.GetString(body[..end]));
        ReadOnlySpan<byte> words = body[(end + 1)..];
        if (!words.IsEmpty)
            failure = SessionText.ReadFailure(Encoding.UTF8.GetString(words));
        return policy is not null && (words.IsEmpty || failure is not null);
    }

    /// <summary>Writes an answer; its length.</summary>
    /// <param name="number">Of the request.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="body">Of a Find the memory; of a Due and of a Claim what <see cref="ReportMessage"/> has.</param>
    /// <param name="answer">Where it goes.</param>
    public static int WriteAnswer(uint number, RecorderOutcome outcome, ReadOnlySpan<byte> body, Span<byte> answer)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(answer, number);
        answer[4] = (byte)outcome;
        body.CopyTo(answer[AnswerHeaderSize..]);
        return AnswerHeaderSize + body.Length;
    }

    /// <summary>False when this is no answer, or one to another question.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> answer, uint number, out RecorderOutcome outcome)
    {
        outcome = RecorderOutcome.Away;
        if (answer.Length < AnswerHeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(answer) != number)
            return false;
        outcome = (RecorderOutcome)answer[4];
        return true;
    }
}
