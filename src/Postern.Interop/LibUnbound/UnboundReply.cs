using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibUnbound;

/// <summary>What validation came to.</summary>
public enum ValidationState
{
    /// <summary>All of the chain, from an anchor to the records or their denial.</summary>
    Secure,

    /// <summary>Proven to be unsigned, or below no anchor.</summary>
    Insecure,

    /// <summary>Signed, and wrong.</summary>
    Bogus,

    /// <summary>No answer: SERVFAIL, a time-out, an error of the library.</summary>
    Failed,
}

/// <summary>What came of one question. What is bogus or has failed has no records.</summary>
/// <param name="State">To be looked at first.</param>
/// <param name="ResponseCode">RCODE (RFC 1035 §4.1.1).</param>
/// <param name="HasNoName">NXDOMAIN.</param>
/// <param name="CanonicalName">Where CNAMEs led, without a closing dot; empty: nowhere.</param>
/// <param name="Records">RDATA of each record of the type, names in it uncompressed.</param>
/// <param name="Reason">Why it is bogus or failed; libunbound's words, with names of others in it: to be escaped.</param>
/// <param name="TimeToLive">In seconds.</param>
public sealed record UnboundReply(
    ValidationState State, int ResponseCode, bool HasNoName, string CanonicalName, ImmutableArray<ImmutableArray<byte>> Records, string Reason, int TimeToLive)
{
    /// <summary>Records of one answer. More than anybody has; what is behind them is left out.</summary>
    public const int MaxRecords = 256;

    private const int NoError = 0;
    private const int NxDomain = 3;
    private const int MaxReason = 400;

    public static UnboundReply Failed(string reason) => new(ValidationState.Failed, 0, false, "", [], reason, 0);

    internal static unsafe UnboundReply Read(int error, NativeResult* result)
    {
        if (error != 0 || result == null)
            return Failed(UnboundContext.Describe(error));

        // First of all: a bogus answer comes with havedata 1 and rcode 0, and would be taken for a good one.
        if (result->Bogus != 0)
            return new(ValidationState.Bogus, result->ResponseCode, false, "", [], Text(result->WhyBogus), 0);
        if (result->ResponseCode is not (NoError or NxDomain))
            return new(ValidationState.Failed, result->ResponseCode, false, "", [], CodeName(result->ResponseCode), 0);

        var records = ImmutableArray.CreateBuilder<ImmutableArray<byte>>();
        for (int i = 0; result->HaveData != 0 && i < MaxRecords && result->Data[i] != null; i++)
            records.Add([.. new ReadOnlySpan<byte>(result->Data[i], result->Lengths[i])]);
        return new(
            result->Secure != 0 ? ValidationState.Secure : ValidationState.Insecure,
            result->ResponseCode,
            result->ResponseCode == NxDomain || result->NoSuchName != 0,
            Text(result->CanonicalName).TrimEnd('.'),
            records.ToImmutable(),
            "",
            result->TimeToLive);
    }

    private static unsafe string Text(byte* text)
    {
        if (text == null)
            return "";
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);
        return Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, MaxReason)]);
    }

    private static string CodeName(int code) => code switch
    {
        1 => "FORMERR",
        2 => "SERVFAIL: the servers of the domain do not answer, or not rightly",
        4 => "NOTIMP",
        5 => "REFUSED",
        _ => "RCODE " + code.ToString(CultureInfo.InvariantCulture),
    };
}
