using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;

namespace Postern.Policy.Survey;

/// <summary>MTA-STS of one survey: asked once for all hosts, and only when one of them wants to know.</summary>
/// <param name="known">The survey's case.</param>
/// <param name="domain">Whose policy: RFC 8461 §2, that of the next hop where the operator has set one.</param>
internal sealed class StsInquiry(SurveyCase known, DnsName domain)
{
    private readonly List<DnsQuestion> _missing = [];
    private bool _asked;

    public IEnumerable<DnsQuestion> Missing => _missing;

    public PolicyRequest? Fetch { get; private set; }

    public StsFinding? Finding { get; private set; }

    public StsMemory? Memory { get; private set; }

    public bool WantsRefresh { get; private set; }

    /// <returns>Null when something is missing.</returns>
    public StsFinding? Ask()
    {
        if (_asked)
            return Finding;

        _asked = true;
        if (Run() is not { } step)
            return null;
        Finding = step.Finding;
        Memory = step.Memory;
        WantsRefresh = step.Refresh;
        return Finding;
    }

    private StsStep? Run()
    {
        StsStep step = StsControl.Begin(known.Sts ?? new StsMemory(domain), known.Now, known.DeliveryFailed);
        if (step.Task == StsTask.LookUpRecord)
        {
            if (Record(out StsRecord? record) is false)
                return null;
            step = StsControl.AfterRecord(step.Memory, record, known.Now);
        }

        if (step.Task != StsTask.Fetch && !(step.Refresh && known.RefreshesNow))
            return step;
        return Policy() is { } result ? StsControl.AfterFetch(step.Memory, step.Id, result, known.Now) : null;
    }

    /// <returns>False when it is still to be looked up. The record is null when the look-up failed.</returns>
    private bool Record(out StsRecord? record)
    {
        record = new StsRecord(StsRecordStatus.Absent);
        if (domain.Below(StsRecord.Label) is not { } name)
            return true;
        if (MailSurvey.Look(known, name, RecordType.Txt, _missing) is not { } reply)
            return false;

        DnsAnswer<string> texts = reply.Texts();
        record = texts.IsAnswer ? StsRecord.Read(texts.Records) : null;
        return true;
    }

    private StsFetchResult? Policy()
    {
        // A name that has room for "_mta-sts." has room for "mta-sts.".
        DnsName host = StsFetch.HostOf(domain)!;
        if (MailSurvey.Addresses(known, host, _missing) is not { } addresses)
            return null;
        if (addresses.HasFailed || addresses.Addresses.IsEmpty)
            return StsFetch.Judge(StsFetchEnd.Unreachable);

        ImmutableArray<IPAddress> allowed = [.. addresses.Addresses.Where(address => known.AllowsPrivateHosts || PublicAddress.Is(address))];
        if (allowed.IsEmpty)
            return StsFetch.Judge(StsFetchEnd.PrivateAddress);
        if (known.Policy is null)
            Fetch = new PolicyRequest(domain, host, allowed);
        return known.Policy;
    }
}
