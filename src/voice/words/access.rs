//! What somebody who calls in hears, in every language.

pub struct Words {
    pub ask_code: &'static str,
    pub ask_pin: &'static str,
    pub wrong_code: &'static str,
    pub too_many_tries: &'static str,
    /// With what it names where the braces are.
    pub balance: &'static str,
    pub ask_number: &'static str,
    pub not_a_number: &'static str,
    pub no_rate: &'static str,
    pub too_many_calls: &'static str,
    pub not_enough_credit: &'static str,
    pub being_topped_up: &'static str,
    pub call_again: &'static str,
    pub cannot_call: &'static str,
    pub not_in_service: &'static str,
    /// With what it names where the braces are.
    pub time_to_talk: &'static str,
}

pub const ENGLISH: Words = Words {
    ask_code: "Please enter your card number and PIN, then press hash.",
    ask_pin: "Please enter your PIN, then press hash.",
    wrong_code: "That is not right.",
    too_many_tries: "There were too many wrong tries. Please call again later. Goodbye.",
    balance: "Your balance is {}.",
    ask_number: "Please enter the number you want to call, then press hash.",
    not_a_number: "That is not a number that can be called.",
    no_rate: "This number cannot be called with your plan.",
    too_many_calls: "You have as many calls as you may. End one of them first.",
    not_enough_credit: "Your balance is too small for this call. Top up, or enter another number.",
    being_topped_up: "Your balance is being topped up. Please hold the line.",
    call_again: "Please call again in a few minutes. Goodbye.",
    cannot_call: "No calls can be made with this account. Please ask your provider. Goodbye.",
    not_in_service: "This number is not in service. Goodbye.",
    time_to_talk: "You can talk for {}.",
};

pub const GERMAN: Words = Words {
    ask_code: "Bitte geben Sie Ihre Kartennummer und Ihre Geheimzahl ein, danach die Rautetaste.",
    ask_pin: "Bitte geben Sie Ihre Geheimzahl ein, danach die Rautetaste.",
    wrong_code: "Das stimmt nicht.",
    too_many_tries: "Es gab zu viele falsche Versuche. Bitte rufen Sie später wieder an. Auf Wiederhören.",
    balance: "Ihr Guthaben beträgt {}.",
    ask_number: "Bitte geben Sie die Nummer ein, die Sie anrufen möchten, danach die Rautetaste.",
    not_a_number: "Diese Nummer kann nicht angerufen werden.",
    no_rate: "Diese Nummer kann mit Ihrem Tarif nicht angerufen werden.",
    too_many_calls: "Sie führen bereits so viele Gespräche, wie Sie dürfen. Beenden Sie zuerst eines.",
    not_enough_credit: "Ihr Guthaben reicht für dieses Gespräch nicht. Laden Sie es auf, oder geben Sie eine andere \
                        Nummer ein.",
    being_topped_up: "Ihr Guthaben wird aufgeladen. Bitte bleiben Sie am Apparat.",
    call_again: "Bitte rufen Sie in einigen Minuten wieder an. Auf Wiederhören.",
    cannot_call: "Mit diesem Konto kann nicht telefoniert werden. Bitte wenden Sie sich an Ihren Anbieter. Auf \
                  Wiederhören.",
    not_in_service: "Diese Nummer ist nicht in Betrieb. Auf Wiederhören.",
    time_to_talk: "Sie können {} sprechen.",
};

pub const SPANISH: Words = Words {
    ask_code: "Introduzca su número de tarjeta y su PIN y pulse almohadilla.",
    ask_pin: "Introduzca su PIN y pulse almohadilla.",
    wrong_code: "No es correcto.",
    too_many_tries: "Ha habido demasiados intentos fallidos. Vuelva a llamar más tarde. Adiós.",
    balance: "Su saldo es de {}.",
    ask_number: "Introduzca el número al que quiere llamar y pulse almohadilla.",
    not_a_number: "No se puede llamar a ese número.",
    no_rate: "Con su tarifa no se puede llamar a ese número.",
    too_many_calls: "Ya tiene tantas llamadas como se permiten. Termine antes una de ellas.",
    not_enough_credit: "Su saldo no alcanza para esta llamada. Recárguelo o introduzca otro número.",
    being_topped_up: "Su saldo se está recargando. No cuelgue, por favor.",
    call_again: "Vuelva a llamar dentro de unos minutos. Adiós.",
    cannot_call: "Con esta cuenta no se puede llamar. Consulte a su proveedor. Adiós.",
    not_in_service: "Este número no está en servicio. Adiós.",
    time_to_talk: "Puede hablar durante {}.",
};

pub const FRENCH: Words = Words {
    ask_code: "Composez votre numéro de carte et votre code, puis appuyez sur dièse.",
    ask_pin: "Composez votre code, puis appuyez sur dièse.",
    wrong_code: "Ce n'est pas correct.",
    too_many_tries: "Il y a eu trop d'essais erronés. Rappelez plus tard. Au revoir.",
    balance: "Votre crédit est de {}.",
    ask_number: "Composez le numéro que vous voulez appeler, puis appuyez sur dièse.",
    not_a_number: "Ce numéro ne peut pas être appelé.",
    no_rate: "Votre tarif ne permet pas d'appeler ce numéro.",
    too_many_calls: "Vous avez déjà autant d'appels que permis. Terminez-en un d'abord.",
    not_enough_credit: "Votre crédit ne suffit pas pour cet appel. Rechargez-le ou composez un autre numéro.",
    being_topped_up: "Votre crédit est en cours de rechargement. Ne quittez pas.",
    call_again: "Rappelez dans quelques minutes. Au revoir.",
    cannot_call: "Ce compte ne permet pas d'appeler. Adressez-vous à votre fournisseur. Au revoir.",
    not_in_service: "Ce numéro n'est pas en service. Au revoir.",
    time_to_talk: "Vous pouvez parler pendant {}.",
};

pub const ITALIAN: Words = Words {
    ask_code: "Digiti il numero della carta e il PIN, poi prema cancelletto.",
    ask_pin: "Digiti il PIN, poi prema cancelletto.",
    wrong_code: "Non è corretto.",
    too_many_tries: "Ci sono stati troppi tentativi sbagliati. Richiami più tardi. Arrivederci.",
    balance: "Il suo credito è di {}.",
    ask_number: "Digiti il numero che vuole chiamare, poi prema cancelletto.",
    not_a_number: "Questo numero non può essere chiamato.",
    no_rate: "Con il suo piano questo numero non può essere chiamato.",
    too_many_calls: "Ha già tutte le chiamate consentite. Ne termini prima una.",
    not_enough_credit: "Il credito non basta per questa chiamata. Lo ricarichi o digiti un altro numero.",
    being_topped_up: "Il credito viene ricaricato. Resti in linea.",
    call_again: "Richiami tra qualche minuto. Arrivederci.",
    cannot_call: "Con questo conto non si può chiamare. Si rivolga al suo fornitore. Arrivederci.",
    not_in_service: "Questo numero non è in servizio. Arrivederci.",
    time_to_talk: "Può parlare per {}.",
};

pub const PORTUGUESE: Words = Words {
    ask_code: "Digite o número do seu cartão e o seu PIN e depois cardinal.",
    ask_pin: "Digite o seu PIN e depois cardinal.",
    wrong_code: "Não está certo.",
    too_many_tries: "Houve demasiadas tentativas erradas. Ligue mais tarde. Adeus.",
    balance: "O seu saldo é de {}.",
    ask_number: "Digite o número para o qual quer ligar e depois cardinal.",
    not_a_number: "Não é possível ligar para esse número.",
    no_rate: "O seu plano não permite ligar para esse número.",
    too_many_calls: "Já tem tantas chamadas quantas são permitidas. Termine uma primeiro.",
    not_enough_credit: "O seu saldo não chega para esta chamada. Recarregue-o ou digite outro número.",
    being_topped_up: "O seu saldo está a ser recarregado. Aguarde, por favor.",
    call_again: "Ligue dentro de alguns minutos. Adeus.",
    cannot_call: "Esta conta não permite chamadas. Contacte o seu fornecedor. Adeus.",
    not_in_service: "Este número não está em serviço. Adeus.",
    time_to_talk: "Pode falar durante {}.",
};
