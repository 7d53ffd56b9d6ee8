using System.Collections.Immutable;
using System.Text;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.RequireTls;
using Postern.Policy.StartTlsEverywhere;
using Postern.Policy.TlsRpt;
using Postern.Protocols;

namespace Postern.Fuzz;

/// <summary>The readers of what strangers publish and send: DNS records, policies, reports, lists.</summary>
internal static class PolicyTargets
{
    public static ImmutableArray<Target> All { get; } =
    [
        Reader("tlsa", Tlsa),
        Reader("mx", bytes => MxRecord.Read(bytes)?.ToString()),
        Reader("txt", bytes => TxtRecord.Read(bytes)),
        Reader("srv", bytes => SrvRecord.Read(bytes)?.ToString()),
        Reader("dns-message", Message),
        Reader("http-response", Response),
        Reader("sts-record", StsText),
        Reader("sts-policy", StsFile),
        Reader("tlsrpt-record", TlsRptText),
        Reader("tlsrpt-report", Report),
        Reader("tlsrpt-mail", Mail),
        Reader("tlsrpt-session", Session),
        Reader("domain-memory", Memory),
        Reader("starttls-everywhere", List),
        Reader("requiretls", bytes => RequireTlsParameter.Read(Encoding.Latin1.GetString(bytes)).ToString()),
    ];

    /// <param name="name">Of the target and its corpus.</param>
    /// <param name="read">What came of an input, as a text; null: it was refused.</param>
    private static Target Reader(string name, Func<byte[], string?> read) => new(name, Side.FacingBackend, () => throw new InvalidOperationException("a reader is no dialogue"))
    {
        Read = bytes =>
        {
            string? result = read(bytes);
            return new Outcome(result is null ? Verdict.Refuse : Verdict.Relay, Refusal.None, result?.Length ?? 0, bytes.Length, Encoding.ASCII.GetBytes((result ?? "").ToUpperInvariant()));
        },
    };

    private static string? Tlsa(byte[] bytes)
    {
        if (TlsaRecord.Read(bytes) is not { } record)
            return null;
        Hold(bytes.AsSpan().SequenceEqual(record.ToWire()), "what is read is written as it was");
        Hold(TlsaUse.Usable([record, record], smtp: true).Length <= 1, "a record counts once");
        return $"{TlsaUse.Check(record, smtp: true)} {TlsaUse.Check(record, smtp: false)}";
    }

    private static string? Message(byte[] bytes)
    {
        // The question is the message's own, so that there is always something to be read.
        string texts = "";
        foreach (RecordType type in (ReadOnlySpan<RecordType>)[RecordType.Mx, RecordType.A, RecordType.Cname, RecordType.Txt])
        {
            var question = new DnsQuestion(DnsName.Read("example.org")!, type);
            ushort id = (ushort)(bytes.Length < 2 ? 0 : (bytes[0] << 8) | bytes[1]);
            if (!DnsMessage.IsAnswerTo(bytes, question, id))
                continue;
            DnsReply reply = DnsMessage.Read(bytes, question);
            Hold(reply.IsAnswer || reply.Records.IsEmpty, "what failed holds nothing");
            Hold(reply.Records.Length <= DnsReply.MaxRecords && RecordText.Of(reply).All(text => text.All(letter => letter is >= ' ' and <= '~')), "records are bounded, and fit for a terminal");
            texts += $"{reply.State} {reply.Content} {reply.Records.Length} {reply.Expanded == question.Name} {reply.Reason}";
        }

        return texts.Length == 0 ? null : texts;
    }

    private static string? Response(byte[] bytes)
    {
        var whole = new HttpResponse();
        HttpProgress progress = whole.Feed(bytes);
        var slow = new HttpResponse();
        HttpProgress last = HttpProgress.NeedsMore;
        for (int i = 0; i < bytes.Length && last == HttpProgress.NeedsMore; i++)
            last = slow.Feed(bytes.AsSpan(i, 1));
        Hold((progress, whole.Status, whole.ContentType) == (last, slow.Status, slow.ContentType) && whole.Body.AsSpan().SequenceEqual(slow.Body), "where it was cut does not count");
        Hold(whole.Body.Length <= StsPolicyReader.MaxBytes, "a body is bounded");
        return $"{progress} {whole.Status / 100} {whole.Body.Length > 0}";
    }

    private static string? StsText(byte[] bytes)
    {
        StsRecord record = StsRecord.Read(Encoding.Latin1.GetString(bytes).Split('\n'));
        if (record.Status != StsRecordStatus.Valid)
            return record.Status == StsRecordStatus.Absent ? null : record.Status.ToString();
        Hold(record.Id.Length is > 0 and <= 32 && record.Id.All(char.IsAsciiLetterOrDigit), "an id is of the grammar");
        Hold(StsRecord.Read([record.ToString()]) == record, "a record is read back");
        return "good";
    }

    private static string? StsFile(byte[] bytes)
    {
        StsPolicyResult result = StsPolicyReader.Read(bytes);
        if (result.Policy is not { } policy)
            return result.Reason;
        Hold(policy.MaxAge <= StsPolicy.LongestAge, "max_age is bounded");
        Hold(policy.Mode == StsMode.None || !policy.Hosts.IsEmpty, "a policy that binds names hosts");
        Hold(policy.Equals(StsPolicyReader.Read(Encoding.UTF8.GetBytes(string.Join('\n', policy.ToLines()))).Policy), "a policy is read back");
        return $"{policy.Mode} {policy.Hosts.Length}";
    }

    private static string? TlsRptText(byte[] bytes)
    {
        TlsRptRecord record = TlsRptRecord.Read(Encoding.Latin1.GetString(bytes).Split('\n'));
        Hold(record.Targets.Length <= TlsRptRecord.MaxTargets, "targets are bounded");
        Hold(record.Targets.All(target => target.Address.All(letter => letter is > ' ' and <= '~' and not ('<' or '>' or '"'))), "an address cannot end a header or a path");
        return record.Targets.IsEmpty ? null : string.Concat(record.Targets.Select(target => target.IsMail ? "m" : "h"));
    }

    private static string? Report(byte[] bytes)
    {
        ReportResult result = ReportReader.Read(bytes);
        if (result.Report is not { } report)
            return result.Reason;
        Hold(report.Equals(ReportReader.Read(ReportWriter.Write(report)).Report), "a report is read back");
        return $"good {report.Policies.Length}";
    }

    private static string? Mail(byte[] bytes)
    {
        if (ReportMail.Find(bytes) is not { } found)
            return null;
        Hold(found.Bytes.Length <= bytes.Length, "a transfer encoding makes nothing longer");
        return $"{(found.IsGzip ? "gzip" : "json")} {found.Bytes.Length > 0} {(found.IsGzip ? "" : Report(found.Bytes))}";
    }

    /// <summary>What counts sessions in the recorder's file, and what it is told by the resolver.</summary>
    private static string? Session(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        ReportedPolicy? policy = SessionText.ReadPolicy(text);
        SessionFailure? failure = SessionText.ReadFailure(text);
        if (policy is not null)
        {
            string written = SessionText.Write(policy);
            Hold(SessionText.ReadPolicy(written) is { } again && SessionText.Write(again) == written, "one policy has one text");
        }

        if (failure is not null)
            Hold(failure.Equals(SessionText.ReadFailure(SessionText.Write(failure))), "a failure is read back");
        return policy is null && failure is null ? null : $"{policy?.Type} {policy?.Strings.Length} {policy?.MxHosts.Length} {failure?.Type}";
    }

    /// <summary>What stands in the recorder's file, which another program may have written to.</summary>
    private static string? Memory(byte[] bytes)
    {
        if (DomainMemoryText.Read(bytes) is not { } memory)
            return null;
        byte[] written = DomainMemoryText.Write(memory);
        Hold(DomainMemoryText.Read(written) is { } again && DomainMemoryText.Write(again).AsSpan().SequenceEqual(written), "a memory is read back");
        Hold(memory.Ratchet is not { } ratchet || ratchet.Hosts.All(host => host.Evidence.Length <= DomainMemoryText.MaxWords), "its words are bounded");
        Hold(DomainMemoryText.Write(DomainMemoryUnion.Of(memory, memory)).AsSpan().SequenceEqual(written) || memory.Ratchet is not null, "with itself it is itself");
        return $"{memory.Sts?.Held?.Policy.Mode} {memory.Sts?.Failure?.Type} {memory.Ratchet?.Hosts.Length}";
    }

    private static string? List(byte[] bytes)
    {
        PolicyListResult result = PolicyListReader.Read(bytes);
        if (result.List is not { } list)
            return result.Reason;
        Hold(OperatorTable.Make(list.Rules, out _) is not null, "its rules are a table");
        return $"good {list.Rules.Length}";
    }

    private static void Hold(bool holds, string promise)
    {
        if (!holds)
            throw new InvalidOperationException("does not hold: " + promise);
    }
}
