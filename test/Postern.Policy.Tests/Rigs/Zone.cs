using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Postern.Policy.Dane;
using Postern.Policy.Dns;

namespace Postern.Policy.Tests;

/// <summary>
/// What the DNS says, as lines of <c>owner TYPE state data</c>, with semicolons or new lines between them. The state is secure,
/// insecure, bogus, indeterminate or failed. For data, <c>-</c> is "no such record" and <c>NXDOMAIN</c> "no such name". Data of
/// TLSA are three numbers and hexadecimal digits, or <c>@word</c> for good data made of that word; data of SRV are a port and a target, with a priority and a weight before them or without.
/// </summary>
internal sealed class Zone
{
    private const int MaxAliases = 8;

    private readonly List<(string Owner, string Type, DnsState State, string Data)> _lines = [];

    public Zone(string text)
    {
        foreach (string line in text.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
            _lines.Add((words[0], words[1], Enum.Parse<DnsState>(words[2], ignoreCase: true), words.Length > 3 ? words[3] : ""));
        }
    }

    public static DnsName Name(string text) => DnsName.Read(text) ?? throw new ArgumentException(text);

    public DnsAnswer<MxRecord> Mx(DnsName owner) => Look(owner, "MX", data =>
    {
        string[] words = data.Split(' ');
        return new MxRecord(int.Parse(words[0]), words[1] == "." ? null : Name(words[1]));
    });

    public DnsAnswer<SrvRecord> Srv(DnsName owner) => Look(owner, "SRV", data => SrvRecord.Read(Rdata(RecordType.Srv, data))!);

    public HostAddresses Addresses(DnsName owner) => HostAddresses.Of(Look(owner, "AAAA", IPAddress.Parse), Look(owner, "A", IPAddress.Parse));

    public DnsState Alias(DnsName owner) => _lines.Find(line => line.Owner == owner.Text && line.Type == "CNAME").State;

    public DnsAnswer<TlsaRecord> Tlsa(DnsName owner) => Look(owner, "TLSA", Record);

    public static TlsaRecord Record(string data)
    {
        string[] words = data.Split(' ');
        byte[] bytes = words.Length < 4 ? [] : words[3][0] != '@' ? Convert.FromHexString(words[3]) : int.Parse(words[2]) switch
        {
            0 => [0x30, (byte)(words[3].Length - 1), .. Encoding.ASCII.GetBytes(words[3][1..])],
            1 => SHA256.HashData(Encoding.ASCII.GetBytes(words[3])),
            _ => SHA512.HashData(Encoding.ASCII.GetBytes(words[3])),
        };
        return new TlsaRecord((TlsaUsage)int.Parse(words[0]), (TlsaSelector)int.Parse(words[1]), (TlsaMatching)int.Parse(words[2]), [.. bytes]);
    }

    /// <summary>As a resolver would say it: RDATA and all. TXT is one string of what the line ends with; <c>|</c> in it is a semicolon.</summary>
    public DnsReply Reply(DnsQuestion question)
    {
        DnsAnswer<byte[]> answer = Look(question.Name, question.Type.ToString().ToUpperInvariant(), data => Rdata(question.Type, data), follows: question.Type != RecordType.Cname);
        return answer switch
        {
            { IsAnswer: false } => DnsReply.Failed(question, answer.State, "the zone says so"),
            { HasRecords: true } => DnsReply.Found(question, answer.State == DnsState.Secure, [.. answer.Records.Select(bytes => bytes.ToImmutableArray())], answer.Expanded),
            _ => DnsReply.Denied(question, answer.State == DnsState.Secure, answer.Content == DnsContent.NoName, answer.Expanded),
        };
    }

    private static byte[] Rdata(RecordType type, string data)
    {
        string[] words = data.Split(' ');
        return type switch
        {
            RecordType.A or RecordType.Aaaa => IPAddress.Parse(data).GetAddressBytes(),
            RecordType.Mx => [.. Word(words[0]), .. Wire(words[1])],
            RecordType.Srv when words.Length == 4 => [.. words[..3].SelectMany(Word), .. Wire(words[3])],
            RecordType.Srv => [0, 0, 0, 0, .. Word(words[0]), .. Wire(words[1])],
            RecordType.Tlsa => Record(data).ToWire(),
            RecordType.Txt => [(byte)data.Length, .. Encoding.ASCII.GetBytes(data.Replace('|', ';'))],
            _ => Wire(data),
        };
    }

    private static byte[] Word(string number) => [(byte)(int.Parse(number) >> 8), (byte)int.Parse(number)];

    private static byte[] Wire(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private DnsAnswer<T> Look<T>(DnsName owner, string type, Func<string, T> read, bool follows = true)
    {
        DnsName name = owner;
        bool secure = true;
        for (int i = 0; i < MaxAliases; i++)
        {
            var lines = _lines.Where(line => line.Owner == name.Text && line.Type == type).ToList();
            if (lines.Count > 0)
            {
                DnsState state = lines[0].State;
                if (state is not (DnsState.Secure or DnsState.Insecure))
                    return Answer.Failed<T>(owner, state);
                secure &= state == DnsState.Secure;
                return lines[0].Data is "-" or "NXDOMAIN"
                    ? Answer.Denied<T>(owner, secure, lines[0].Data == "NXDOMAIN", name)
                    : Answer.Found(owner, secure, lines.Where(line => line.Data.Length > 0).Select(line => read(line.Data)).ToImmutableArray(), name);
            }

            var alias = follows ? _lines.Find(line => line.Owner == name.Text && line.Type == "CNAME") : default;
            if (alias.Owner is null)
            {
                // Nothing is said: a denial, as secure as the rest of the name.
                var any = _lines.Find(line => line.Owner == name.Text && line.State is DnsState.Secure or DnsState.Insecure);
                return Answer.Denied<T>(owner, secure && (any.Owner is null || any.State == DnsState.Secure), expanded: name);
            }

            if (alias.State is not (DnsState.Secure or DnsState.Insecure))
                return Answer.Failed<T>(owner, alias.State);
            secure &= alias.State == DnsState.Secure;
            name = Name(alias.Data);
        }

        return Answer.Failed<T>(owner, DnsState.Failed);
    }
}
