using Postern.Policy.Decision;
using Postern.Policy.Rules;

namespace Postern.Policy.RequireTls;

/// <summary>
/// REQUIRETLS (RFC 8689), the sender's demand that mail is read by nobody on the way: from us to our client, and for each host.
/// </summary>
/// <remarks>
/// The other half, the field <c>TLS-Required: No</c> (§3, §4.2.2), is not acted upon. It stands in the message, and a host is
/// chosen, authenticated and greeted before DATA; by then nothing is left to be relaxed. Such mail waits in the client's queue like
/// any other. The gate changes no byte of it, so that whoever is behind still sees the field.
/// </remarks>
public static class RequireTlsRule
{
    /// <summary>Whether our answer to EHLO has REQUIRETLS. RFC 8689 §2: it is offered inside TLS only.</summary>
    public static bool MayOffer(bool insideTls) => insideTls;

    /// <summary>What MAIL FROM is answered; null: it goes on.</summary>
    public static SmtpRefusal? OnMail(RequireTlsRequest request, bool insideTls) => request switch
    {
        RequireTlsRequest.Broken => new SmtpRefusal(501, "5.5.4", "REQUIRETLS stands once and has no value"),

        // RFC 5321 §4.1.1.11: a parameter of an extension that was not offered.
        RequireTlsRequest.Yes when !MayOffer(insideTls) => new SmtpRefusal(555, "5.5.4", "REQUIRETLS is offered inside TLS only"),
        _ => null,
    };

    /// <summary>The verdict for a host when the message demands it (RFC 8689 §4.2.1, steps 1 to 3).</summary>
    /// <param name="verdict">As it is for any message.</param>
    public static HostVerdict Raise(HostVerdict verdict)
    {
        if (verdict.IsSkipped)
            return verdict;

        string inputs = $"{verdict.Host} for {verdict.Domain}: {verdict.Demand}";
        HostVerdict raised = verdict with { SenderRequiresTls = true, Watch = null };
        if (!verdict.MxAuthenticated)
        {
            return raised with
            {
                Rules = verdict.Rules.Add(RuleList.RequireTls.Fire($"{inputs}, the MX is not authenticated", "this host is not tried")),
                Refusal = SmtpRefusal.EncryptionNeeded($"the message demands REQUIRETLS, and neither DNSSEC nor MTA-STS says that {verdict.Host} is a host of {verdict.Domain}"),
            };
        }

        // "either verifies by a trust chain or by DANE": the name is the host's, which is authenticated. A pin is more than a chain.
        if (!verdict.Demand.IsAuthenticated)
            raised = raised with { Demand = new TlsDemand(TlsProof.WebPki, verdict.Host) { Names = [verdict.Host] } };
        return raised with { Rules = verdict.Rules.Add(RuleList.RequireTls.Fire(inputs, $"the sender demands {raised.Demand}, and REQUIRETLS inside")) };
    }

    /// <summary>Step 4: the answer to EHLO inside TLS has to offer it; null: MAIL FROM may be said, with the parameter.</summary>
    public static SmtpRefusal? AfterEhlo(HostVerdict verdict, bool offered) =>
        offered || !verdict.SenderRequiresTls
            ? null
            : SmtpRefusal.NoRequireTls($"REQUIRETLS support required: {verdict.Host} for {verdict.Domain} does not offer it");
}
