using Postern.Engine.Gates;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Decision;

namespace Postern.Engine.Upstream;

/// <summary>
/// What a backend must show by DANE, asked once for each of its addresses before that is dialled: RFC 7673 §3.2 would have nobody
/// connect where the look-up failed.
/// </summary>
internal static class DaneInquiry
{
    /// <summary>Before the reason, in every log.</summary>
    public const string Unproved = "DANE does not prove it: ";

    /// <summary>Why nothing is proved where nobody can be asked.</summary>
    public const string NoResolver = "there is no resolver";

    /// <summary>The answer as a demand on a handshake; null, and why, when there is none.</summary>
    /// <param name="gate">A gate with <see cref="BackendTls.Dane"/>.</param>
    /// <param name="answer">The resolver's, which has been taken apart.</param>
    /// <param name="reason">As the end of a sentence.</param>
    public static ServerDemand? Take(Gate gate, DemandAnswer answer, out string reason)
    {
        reason = answer.Demand is null ? answer.Reason : "the resolver demands less of it";
        if (answer.Demand is not { Proof: TlsProof.Dane } demand)
            return null;

        // The resolver has left out what OpenSSL does not take; here nothing is left, and nothing less is demanded instead.
        ServerDemand? prepared = gate.BackendTls!.Dane!.Prepare(demand, watch: null, out _);
        if (prepared is null)
            reason = $"none of the TLSA records of {demand.Sni} is usable";
        return prepared;
    }
}
