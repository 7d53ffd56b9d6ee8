using System.Text;
using CsCheck;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>
/// Whole sessions of an orderly client, cut anywhere, with orderly hops: each command has one answer, in order, and the hops have
/// accepted exactly the messages that the client was told are accepted.
/// </summary>
public sealed class SessionPropertyTests
{
    private static readonly Gen<string> s_recipient = Pick.From("a@one.example", "b@ONE.example", "no@one.example", "c@two.example", "no2@two.example", "\"d e\"@one.example", "x@lost.example");

    private static readonly Gen<Mail> s_mail = Gen.Select(
        Pick.From("<s@client.example>", "<>", "<no@client.example>"), s_recipient.Array[1, 6],
        Pick.From("Subject: x\r\n\r\ntext\r\n", "", "..\r\n...\r\n.a\r\n", "RSET\r\nQUIT\r\n"), Gen.Bool,
        (sender, recipients, text, reset) => new Mail(sender, recipients, text, reset));

    [Fact]
    public void Whoever_waits_for_each_answer_gets_it() =>
        Gen.Select(s_mail.Array[1, 5], Gen.Bool).Sample((mails, pipelining) =>
        {
            var world = new World(pipelining, []);
            foreach (Mail mail in mails)
            {
                string answer = world.Ask($"MAIL FROM:{mail.Sender}\r\n");
                Assert.StartsWith("250 ", answer);
                int accepted = mail.Recipients.Count(recipient => IsOne(world.Ask($"RCPT TO:<{recipient}>\r\n")).StartsWith('2'));
                string data = IsOne(world.Ask("DATA\r\n"));
                Assert.Equal(accepted > 0 ? "354" : "554", data[..3]);
                if (data[0] != '3' || mail.ThenReset)
                {
                    if (data[0] == '3')
                        Assert.Equal("250", IsOne(world.Ask(mail.Text + ".\r\n"))[..3]);
                    Assert.Equal("250", IsOne(world.Ask("RSET\r\n"))[..3]);
                    continue;
                }

                Assert.Equal("250 2.0.0 accepted\r\n", world.Ask(mail.Text + ".\r\n"));
            }

            Assert.Equal(world.Told, world.Accepted.Count());
            Assert.Equal("221", IsOne(world.Ask("QUIT\r\n"))[..3]);
            Assert.True(world.Talk.HasEnded);
        });

    /// <summary>A client of RFC 2920 says all but the message in one group; what it hears does not depend on the cuts, nor what the hops have.</summary>
    [Fact]
    public void Cuts_change_nothing() =>
        Gen.Select(s_mail.Array[1, 4], Gen.Int[1, 60].Array[0, 40], Gen.Bool).Sample((mails, cuts, pipelining) =>
        {
            var whole = new World(pipelining, []);
            var cut = new World(pipelining, cuts);
            foreach (Mail mail in mails)
            {
                string group = $"MAIL FROM:{mail.Sender}\r\n" + string.Concat(mail.Recipients.Select(recipient => $"RCPT TO:<{recipient}>\r\n")) + "DATA\r\n";
                string answers = whole.Ask(group);
                Assert.Equal(answers, cut.Ask(group));
                Assert.Equal(mail.Recipients.Length + 2, answers.Split("\r\n").Length - 1);
                string rest = answers.Contains("\r\n354 ", StringComparison.Ordinal) ? mail.Text + ".\r\nRSET\r\n" : "RSET\r\n";
                Assert.Equal(whole.Ask(rest), cut.Ask(rest));
            }

            Assert.Equal(whole.Accepted, cut.Accepted);
            Assert.Equal(whole.Told, whole.Accepted.Count());
        });

    private static string IsOne(string answer)
    {
        Assert.Equal(2, answer.Split("\r\n").Length);
        return answer;
    }

    private sealed record Mail(string Sender, string[] Recipients, string Text, bool ThenReset);

    /// <summary>A session, its hops, and a client that sends in pieces.</summary>
    private sealed class World(bool pipelining, int[] cuts)
    {
        private readonly List<OrderlyHop> _hops = [];
        private int _cut;
        private int _toldHop;
        private bool _greeted;

        public OutboundTalk Talk { get; } = new(new OutboundSettings(Target.HostName));

        public IEnumerable<string> Accepted => _hops.SelectMany(hop => hop.Accepted);

        /// <summary>How many messages the client was told are accepted.</summary>
        public int Told { get; private set; }

        public string Ask(string words)
        {
            if (!_greeted)
            {
                _greeted = true;
                Send("EHLO client.example\r\n");
            }

            int before = Talk.ToClient.Count;
            Send(words);
            string answer = Encoding.ASCII.GetString([.. Talk.ToClient.Skip(before)]);
            Told += answer.Split("\r\n").Count(line => line == "250 2.0.0 accepted");
            return answer;
        }

        private void Send(string words)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(words);
            for (int at = 0; at < bytes.Length;)
            {
                int length = cuts.Length == 0 ? bytes.Length : Math.Min(cuts[_cut++ % cuts.Length], bytes.Length - at);
                Talk.Client(bytes.AsSpan(at, length));
                at += length;
                LetHopsAnswer();
            }
        }

        private void LetHopsAnswer()
        {
            while (true)
            {
                if (Talk.WaitsForRoute)
                {
                    if (Talk.Actions[^1].EndsWith("lost.example", StringComparison.Ordinal))
                    {
                        Talk.Failed(new OutboundRefusal(451, "4.7.5", "nobody knows who is there"));
                        continue;
                    }

                    // What was said to the hop before, its QUIT, is not for this one.
                    LetHear();
                    _hops.Add(new OrderlyHop());
                    Talk.Found(new NextHop("mx.example", pipelining ? SmtpExtensions.Pipelining : SmtpExtensions.None));
                }

                string answers = LetHear();
                if (answers.Length == 0 && !Talk.WaitsForRoute)
                    return;
                foreach (char letter in answers)
                    Talk.Hop([(byte)letter]);
            }
        }

        private string LetHear()
        {
            byte[] heard = [.. Talk.ToHop.Skip(_toldHop)];
            _toldHop = Talk.ToHop.Count;
            return _hops.Count == 0 || heard.Length == 0 ? "" : _hops[^1].Hear(heard);
        }
    }
}
